"""About sixty strings that have broken other programs, and a workshop that is full of them."""

from __future__ import annotations

from sqlalchemy import String, Text, select

from werkstatt.db import Base, begin_write, db

# Each holds its own marker, so that a page can be asked whether it shows it, letter for letter.
STRINGS = (
    "<script>alert('M')</script>",
    "<ScRiPt>alert('M')</sCrIpT>",
    "</title><script>alert('M')</script>",
    "</textarea><script>alert('M')</script>",
    "</style></script><svg onload=alert('M')>",
    "<img src=x onerror=alert('M')>",
    "<img/src='x'/onerror=alert('M')>",
    "<svg><animate onbegin=alert('M') attributeName=x dur=1s>",
    "<details open ontoggle=alert('M')>",
    "<iframe srcdoc='<script>alert(\"M\")</script>'>",
    "<a href=javascript:alert('M')>M</a>",
    "<form action=javascript:alert('M')><button>M",
    "<meta http-equiv=refresh content='0;url=//evil.example'>M",
    "<base href=//evil.example>M",
    "<link rel=stylesheet href=//evil.example/x.css>M",
    "<template><script>alert('M')</script></template>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert('M')>",
    "\" onmouseover=\"alert('M')",
    "' onfocus='alert(`M`)' autofocus='",
    "\"><script>alert('M')</script>",
    "'><img src=x onerror=alert('M')>",
    "` onclick=alert('M') `",
    '" hx-get="//evil.example" hx-trigger="load" x="M',
    '" hx-on:click="alert(\'M\')" x="',
    "javascript:alert('M')",
    "JaVaScRiPt:alert('M')//",
    "data:text/html,<script>alert('M')</script>",
    "vbscript:msgbox('M')",
    "//evil.example/M",
    "{{ 7 * 7 }}M",
    "{{ config.items() }}M",
    "{% for x in ().__class__.__base__.__subclasses__() %}M{% endfor %}",
    "{# M #}",
    "${7*7}M",
    "#{7*7}M",
    "%(name)s M %s %d %n",
    "%25%0d%0aM",
    "{0} {name!r} M",
    "'; DROP TABLE account; -- M",
    '" OR "1"="1M',
    "') UNION SELECT password FROM account --M",
    "%' OR name LIKE '%M",
    "\\'; M",
    '=HYPERLINK("http://evil.example";"M")',
    "=cmd|'/C calc'!A0 M",
    "+1+1M",
    "-2+3M",
    "@SUM(1;1)M",
    "\u202eM rückwärts\u202c",
    "\u2067M isoliert\u2069",
    "\u200bM\u200b\u200d\ufeff unsichtbar",
    "M\u0301\u0302\u0303\u0304\u0305 gestapelt",
    "مرحبا M عالم",
    "שלום M עולם",
    "👩‍👩‍👧‍👦 M 🏳️‍🌈 🇩🇪",
    "\x01\x02\x1b[31mM\x7f\x85",
    "M\u2028neue\u2029Zeile",
    "M\r\nSubject: untergeschoben\r\nBcc: alle@evil.example",
    "../../../../etc/passwd M",
    '..\\..\\con:M|?*<>"',
    "&lt;script&gt;M&amp;&#60;&#x3c;",
    "<!-- M -->]]>",
    "M" + "x" * 150,
)
CONTROL = {ord(sign): None for sign in "\x00"}
# Texts that are no free text: words of the glossary, hashes, codes, addresses for mail, formats.
CLOSED = {
    "account": {"opaque", "email", "password", "language"},
    "workshop": {"join_code"},
    "round": {"kind", "key_id", "list_hash", "salt", "problem"},
    "round_item": {"letter"},
    "audit_entry": {"deed", "hash"},
    "urn_ballot": {"group"},
    "result": set(),
}
SHUT = {
    "login",
    "ticket",
    "failure_counter",
    "clerk_lease",
    "installation",
    "check_code",
    "deletion",
    "redaction",
    "period",
    "mail",
}


def marked(number: int, text: str) -> str:
    """A string with a marker of its own, H0170H: none of our random codes has a nought."""
    return text.replace("M", f"H0{number}0H").translate(CONTROL)


def fill_everything() -> dict[int, str]:
    """Put the strings into every free text of every row, in turns; number -> string, as far as used."""
    begin_write()
    used, turn = {}, 0
    for table in Base.metadata.sorted_tables:
        columns = [
            column
            for column in table.columns
            if type(column.type) in (String, Text)
            and not column.primary_key
            and not column.foreign_keys
            and table.name not in SHUT
            and column.name not in CLOSED.get(table.name, ())
        ]
        keys = list(table.primary_key.columns)
        for row in db.session.execute(select(*keys, *columns).order_by(*keys)).mappings() if columns else ():
            values = {}
            for column in columns:
                if not row[column.name] and column.nullable:
                    continue
                number = turn % len(STRINGS)
                most = getattr(column.type, "length", None) or 4000
                # Titles must differ within a process; the turn is part of each.
                text = f"{marked(number, STRINGS[number])} ·{turn}"[:most]
                values[column.name] = used[number] = text
                turn += 1
            where = [key == row[key.name] for key in keys]
            if not values:
                continue
            db.session.execute(table.update().where(*where).values(values))
    db.session.commit()
    return used
