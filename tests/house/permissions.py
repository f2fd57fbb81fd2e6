"""Who may do what, written by hand: the second opinion on the guard and on every verb's rule (C01).

One line a route and method: ``METHOD  path  who  when  exceptions``. It says what *should* be, from
the design and not from the program; where the two differ, one of them is wrong.

The people, each one letter:

    -  nobody logged in          s  a projector: no login, but a valid projector's address
    w  waits to be let in        p  takes part; wrote V-1 and its comment; stands on the roll
    h  helper                    b  observer ("beobachtet")
    m  moderator                 o  organiser of the process; may found processes
    f  takes part elsewhere      g  moderates elsewhere          a  admin of the installation

``who``: those who may. The others get, by the door that the line stands under:

    session, workshop   401 (a page: 303 to the login) for - s; 404 for f g a; 403 for the rest of w p h b m o
    process             401/303; 404 for everybody else: a process is known to its organisers only
    installation        401/303; 403 for everybody else
    public              everybody may

``p(hmo)``: h, m, o may do such things, but not this one: it is somebody else's text, or they do not
stand on the roll: 403. ``when``: the phases, else 409 for everybody who could otherwise have been let in.
``b=404`` or ``b@prepare=404``: an answer of its own, with its reason in the comment above the line.

"May" is 200 for a page (or 303 to another page, never to the login) and 303 for a form, each sent
with a valid body; 422 never counts as "may", 405 answers all other methods.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from werkstatt.terms import Phase

NOBODY, MEMBERS, STRANGERS = "-s", "wphbmo", "fga"
EVERYBODY = NOBODY + MEMBERS + STRANGERS
PEOPLE = {
    "w": "paul",
    "p": "petra",
    "h": "heiko",
    "b": "otto",
    "m": "mona",
    "o": "ines",
    "f": "franka",
    "g": "gregor",
    "a": "admin",
    "-": None,
    "s": None,
}
MAY = 0  # stands for 200 or 303, see above
SHORT = {"R": "/recommendations/<int:recommendation_id>", "C": "/comments/<int:comment_id>"}

SESSION = """
GET   .                     wphbmo  every
GET   /mirror               wphbmo  every
GET   /console              mo      every
GET   /settings             mo      every
POST  /settings             mo      every
POST  /copy                 mo      every
POST  /move                 mo      every
# "Ergebnis zeigen" leads out of rank, and nothing out of result
POST  /advance              mo      prepare+collect+discuss+consolidate
# nothing lies before prepare, and an open round keeps the session in rank
POST  /back                 mo      collect+discuss+consolidate+result
POST  /clock                mo      every
POST  /clock/extend         mo      every
POST  /clock/stop           mo      every

GET   /recommendations      wphbmo  every
# before collecting begins, others' texts do not exist for anybody but moderators
GET   R                     wphbmo  every  w@prepare=404 h@prepare=404 b@prepare=404
POST  /recommendations      pmo    collect+discuss
GET   R/edit                p(mo)  collect+discuss
POST  R/edit                p(mo)  collect+discuss
POST  R/withdraw            p(mo)  collect+discuss
POST  R/restore             p(mo)  collect+discuss
GET   R/hide                mo      every
POST  R/hide                mo      every
POST  R/unhide              mo      every
GET   /texts.csv            mo      every
GET   /redact               mo      every
POST  /redact               mo      every
GET   /redactions           mo      every

GET   /behalf               hmo     collect+discuss
POST  /behalf/proposal      hmo     collect+discuss
# while proposals are collected there is nothing to comment on yet
POST  /behalf/comment       hmo     discuss

POST  R/comments            pmo    discuss
POST  RC/edit               p(mo)  discuss
GET   RC/hide               mo      every
POST  RC/hide               mo      every
POST  RC/unhide             mo      every

GET   /board                mo      every
GET   /board/merge          mo      consolidate
POST  /board/merge          mo      consolidate
GET   R/reword              mo      consolidate
POST  R/reword              mo      consolidate
GET   R/exclude             mo      consolidate
POST  R/exclude             mo      consolidate
POST  /steps/<int:step_id>/undo  mo  consolidate

GET   /opening              mo      rank
POST  /opening              mo      rank
POST  /rounds/<int:round_id>/ballot     p(hbmo)  rank
GET   /rounds/<int:round_id>/saved      p(whbmo)  every
POST  /rounds/<int:round_id>/announce   mo       rank
POST  /rounds/<int:round_id>/keep-open  mo       rank
POST  /rounds/<int:round_id>/extend     mo       rank
POST  /rounds/<int:round_id>/cancel     mo       rank
POST  /rounds/<int:round_id>/retry      mo       rank
POST  /rounds/<int:round_id>/without    mo       rank
POST  /rounds/<int:round_id>/late       mo       rank
# who votes on paper; and the two who enter the sheets, one of whom may be a helper
GET   /papers                           mo       rank
GET   /papers/<int:membership_id>       mo       rank
POST  /papers/<int:membership_id>       mo       rank
GET   /rounds/<int:round_id>/sheet      mo       rank
GET   /rounds/<int:round_id>/sheets     hmo      rank
POST  /rounds/<int:round_id>/sheets     hmo      rank
POST  /rounds/<int:round_id>/without-papers  mo  rank
# the round of the early phases was taken back: that has a page, but neither codes nor files
GET   /rounds/<int:round_id>/codes      wphbmo   result
GET   /rounds/<int:round_id>/result     wphbmo   prepare+collect+discuss+consolidate+result
GET   /rounds/<int:round_id>/result.<format>  wphbmo  result
GET   /rounds/<int:round_id>/protocol   mo       every
POST  /rounds/<int:round_id>/release    mo       rank
# only what is counted; the round of the early phases was taken back
POST  /rounds/<int:round_id>/annulment           mo  rank+result
POST  /rounds/<int:round_id>/annulment/confirm   mo  rank+result
POST  /rounds/<int:round_id>/annulment/withdraw  mo  rank+result
"""

WORKSHOP = """
GET   .                     wphbmo
# who waits must be let in by somebody else first; an organiser without a place has none to take
POST  /presence             phbm  w=409 o=404
GET   /desk                 hmo
POST  /desk                 hmo
POST  /desk/approve         hmo
POST  /desk/refuse          hmo
POST  /desk/<int:membership_id>/approve   hmo
POST  /desk/<int:membership_id>/refuse    hmo
POST  /desk/<int:membership_id>/check-in  hmo
GET   /desk/<int:membership_id>           hmo
POST  /desk/<int:membership_id>           hmo
POST  /desk/<int:membership_id>/card      hmo
POST  /desk/<int:membership_id>/blank     hmo
POST  /desk/<int:membership_id>/return-code  hmo
POST  /desk/<int:membership_id>/apart     hmo
GET   /desk/<int:membership_id>/same      mo
POST  /desk/<int:membership_id>/same      mo
POST  /desk/<int:membership_id>/settle    mo
GET   /desk/cards           hmo
POST  /desk/cards/<int:ticket_id>/void    hmo
GET   /cards                mo
POST  /cards                mo
# only the browser that has just ordered cards can fetch them
GET   /cards.pdf            hmo  h=409 m=409 o=409
GET   /code.svg             hmo
GET   /register             mo
POST  /register             mo
GET   /register/<int:membership_id>          mo
POST  /register/<int:membership_id>          mo
POST  /register/<int:membership_id>/link     mo
POST  /register/<int:membership_id>/end      mo
POST  /register/<int:membership_id>/restore  mo
POST  /invitations          mo
GET   /register/import      mo
POST  /register/import      mo
GET   /register/sample.csv  mo
GET   /register/import/<int:upload_id>               mo
POST  /register/import/<int:upload_id>               mo
POST  /register/import/<int:upload_id>/discard       mo
GET   /register/import/<int:upload_id>/problems.csv  mo
GET   /setup                mo
POST  /setup                mo
POST  /sessions             mo
POST  /tables               mo
POST  /tables/<int:table_id>         mo
POST  /tables/<int:table_id>/remove  mo
POST  /code                 mo
POST  /joining              mo
GET   /copy                 o
POST  /copy                 o
"""

PROCESS = """
GET   .                     o
GET   /plan                 o
POST  /plan                 o
POST  /themes               o
POST  /themes/<int:theme_id>            o
POST  /themes/<int:theme_id>/move       o
POST  /themes/<int:theme_id>/remove     o
POST  /sectors              o
POST  /sectors/<int:sector_id>          o
POST  /sectors/<int:sector_id>/move     o
POST  /sectors/<int:sector_id>/remove   o
POST  /workshops            o
POST  /organisers           o
POST  /organisers/<int:account_id>/remove  o
"""

INSTALLATION = """
POST  /told                 wphbmofga
GET   /me                   wphbmofga
POST  /me                   wphbmofga
GET   /me/data.json         wphbmofga
POST  /me/logins/others     wphbmofga
POST  /me/logins/all        wphbmofga
GET   /me/address           wphbmofga
# who waits at the door has no mail sent to anybody: Paul
POST  /me/address           wphbmofga  w=409
# who has asked for a new address, and types the code that was sent there: Petra
POST  /me/address/code      p  w=422 h=422 b=422 m=422 o=422 f=422 g=422 a=422
GET   /me/delete            wphbmofga
# nobody leaves an installation without an admin, or a process without its office; ines has a colleague
POST  /me/delete            wphbmofg(a)  a=409
POST  /c/<token>/me-too     wphbmofga
POST  /c/me-too             wphbmofga  w=410 p=410 h=410 b=410 m=410 o=410 f=410 g=410 a=410
GET   /confirm              wphbmofga
# whose account has a password here: Petra
POST  /confirm              p  w=422 h=422 b=422 m=422 o=422 f=422 g=422 a=422
POST  /login/stay           wphbmofga
GET   /processes            wphbmofga
POST  /processes            o
GET   /password             wphbmofga
POST  /password             wphbmofga
GET   /admin                a
POST  /admin                a
GET   /admin/accounts/<int:account_id>          a
POST  /admin/accounts/<int:account_id>/block    a
POST  /admin/accounts/<int:account_id>/unblock  a
POST  /admin/accounts/<int:account_id>/rights   a
POST  /admin/accounts/<int:account_id>/link     a
GET   /admin/record         a
GET   /admin/periods        a
POST  /admin/periods        a
GET   /admin/mail           a
POST  /admin/mail           a
GET   /admin/pages/<slug>   a
POST  /admin/pages/<slug>   a
"""

PUBLIC = """
GET   /
GET   /login
POST  /login
GET   /login/code
POST  /login/code
# a mailed link: whoever has it is who it was sent to
GET   /login/<token>
POST  /login/<token>
POST  /logout
GET   /bye
GET   /deleted
# whoever reads the new address confirms it; that logs nobody in
GET   /address/<token>
POST  /address/<token>
GET   /address
POST  /language
GET   /j/
POST  /j/
GET   /c/<token>
POST  /c/<token>
# without a code typed in this browser just before, there is no card to ask about
GET   /c/  -=410 s=410 w=410 p=410 h=410 b=410 m=410 o=410 f=410 g=410 a=410
POST  /c/  -=410 s=410 w=410 p=410 h=410 b=410 m=410 o=410 f=410 g=410 a=410
GET   /j/<code>
POST  /j/<code>
GET   /invitation/<token>
POST  /invitation/<token>
GET   /vertraulich
GET   /pages/<slug>
GET   /htmx.js
GET   /static/<path:filename>
# signed addresses: whoever was given one may look, and sees what the whole room sees
GET   /projector/<token>
GET   /pulse/<pulse>
"""

DOORS = {
    "session": ("/sessions/<int:session_id>", SESSION),
    "workshop": ("/workshops/<int:workshop_id>", WORKSHOP),
    "process": ("/processes/<int:process_id>", PROCESS),
    "installation": ("", INSTALLATION),
    "public": ("", PUBLIC),
}


@dataclass(frozen=True)
class Row:
    """One line: who may (``may``), who may such things but not this one, in which phases."""

    door: str
    method: str
    rule: str
    may: str
    not_theirs: str = ""
    phases: tuple[Phase, ...] = tuple(Phase)
    other: dict[str, int] = field(default_factory=dict)

    def expected(self, who: str, phase: Phase) -> int:
        """The status for a person in a phase; :data:`MAY` for those who may."""
        for key in (f"{who}@{phase}", who):
            if key in self.other:
                return self.other[key]
        if self.door == "public":
            return MAY
        if who in NOBODY:
            return 401 if self.method == "POST" else 303
        if who not in self.may + self.not_theirs:
            known = MEMBERS + STRANGERS if self.door == "installation" else MEMBERS
            return 403 if who in known and self.door != "process" else 404
        if phase not in self.phases:
            return 409
        return 403 if who in self.not_theirs else MAY


def rows() -> list[Row]:
    """The table, read."""
    return [
        _row(door, base, line)
        for door, (base, text) in DOORS.items()
        for line in text.splitlines()
        if line and not line.startswith("#")
    ]


def _row(door: str, base: str, line: str) -> Row:
    method, path, *rest = line.split()
    other = {key: int(status) for key, _, status in (one.partition("=") for one in rest) if status}
    words = [one for one in rest if "=" not in one]
    who = words[0] if words else EVERYBODY
    may, _, not_theirs = who.partition("(")
    phases = tuple(Phase)
    if len(words) > 1 and words[1] != "every":
        phases = tuple(Phase(word) for word in words[1].split("+"))
    head, slash, tail = path.partition("/")
    if head and head != ".":  # "R", "RC": the shorthand of a recommendation and its comment
        path = "".join(SHORT[sign] for sign in head) + slash + tail
    return Row(door, method, base + path.removeprefix("."), may, not_theirs.rstrip(")"), phases, other)
