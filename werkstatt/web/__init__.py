"""What is shown: the application, its guard, and one module or package a room."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, g, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, format_datetime, format_decimal, gettext
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.middleware.proxy_fix import ProxyFix

from config import HERE, Settings

from .. import terms
from ..db import db, engine_options, utcnow
from . import assets, casting, cookies, errors, guard, headers, pulse

LOCALES = {"de": "de", "en": "en_GB"}  # English times and numbers are written as in Britain
LANGUAGES = tuple(LOCALES)
BIGGEST_BODY = 1_000_000  # bytes
BIGGER_BODIES = {"prepare.upload_list": 6_000_000}  # a list of people, with what is around the file

babel, csrf = Babel(), CSRFProtect()


def build(settings: Settings | None = None, *, migrations: bool = True) -> Flask:
    """The application, wired; refuses to start with an unguarded route or a bad setting."""
    settings = settings or Settings.from_environment()
    settings.make_folders()
    app = Flask(
        "werkstatt",
        root_path=str(Path(__file__).resolve().parent.parent),
        template_folder=str(HERE / "templates"),
        static_folder=str(HERE / "static"),
        instance_path=str(settings.instance),
    )
    configure(app, settings)
    app.session_interface = cookies.Cookies()
    app.url_map.converters["int"] = guard.Number
    db.init_app(app)
    if migrations:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(HERE / "migrations"))
    babel.init_app(app, locale_selector=locale, default_timezone=settings.time_zone)
    app.before_request(bound_body)  # before anything reads the form
    csrf.init_app(app)
    # Pages know "me"; a page about a fault must not ask the database who reads it.
    guard.logins.init_app(app, add_context_processor=False)
    headers.install(app)
    errors.install(app)
    app.before_request(refuse_cross_site)
    app.before_request(refuse_nul)
    dress(app)
    from . import rooms

    rooms.open_all(app)
    from ..cli import add_commands

    add_commands(app)
    guard.check_every_route(app)
    app.wsgi_app = casting.Casting(app, app.wsgi_app)
    app.wsgi_app = casting.Awaited(app.wsgi_app)
    app.wsgi_app = pulse.Pulse(app, app.wsgi_app, app.config["SECRET_KEY"])
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's settings from ours."""
    secure = settings.https
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        # Cookies know no port: two installations on one host need two names.
        SESSION_COOKIE_NAME=f"{'__Host-' if secure else ''}werkstatt-{settings.port}",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.login_hours),
        SESSION_REFRESH_EACH_REQUEST=False,  # a login has a fixed life, and so has its cookie
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # refuse_cross_site asks the browser instead of the referrer
        MAX_CONTENT_LENGTH=BIGGEST_BODY,
        MAX_FORM_MEMORY_SIZE=BIGGEST_BODY,
        MAX_FORM_PARTS=1000,
        BABEL_DEFAULT_LOCALE="de",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def language() -> str:
    """The reader's language: chosen on this device, else of the browser, else German."""
    chosen = cookie.get("language")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, "de") if request else "de"


def locale() -> str:
    """The locale of times and numbers."""
    return LOCALES[language()]


def bound_body() -> None:
    """How much a request may send, by what it is for."""
    request.max_content_length = BIGGER_BODIES.get(request.endpoint or "", BIGGEST_BODY)


def refuse_cross_site() -> None:
    """A write that another site caused is refused, whatever token it carries."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in headers.OTHER_SITES:
        raise Forbidden()


def refuse_nul() -> None:
    """A NUL sign in an address is nobody's typing, and not every database can be asked about it."""
    if "\x00" in request.path or any("\x00" in part for pair in request.args.items(True) for part in pair):
        raise BadRequest()


def dress(app: Flask) -> None:
    """What every template may use: the glossary's words, times, the nonce, what the guard found."""
    app.jinja_env.filters["word"] = lambda value: terms.label(value, gettext)
    app.jinja_env.filters["person"] = person
    app.jinja_env.filters["clock"] = clock
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["number"] = format_decimal
    app.jinja_env.filters["moment"] = datetime.fromisoformat
    app.jinja_env.tests["open_phase"] = lambda phase: phase is not terms.Phase.PREPARE
    app.jinja_env.globals.update(
        nonce=headers.nonce,
        csrf_token=generate_csrf,
        asset=assets.url,
        htmx=assets.htmx,
        Phase=terms.Phase,
        language=language,
    )

    @app.context_processor
    def found():
        things = g.get("things", {})
        names = ("session", "workshop", "process")
        return {
            "me": g.get("me"),
            **{name: things.get(name) for name in names},
            "beat": beat_of(things.get("session"), things.get("workshop")),
            "told": cookie.get("told") if has_request_context() else None,
            "login_left": login_left(g.get("me")),
        }


def login_left(me) -> int:
    """How long this page's login still lives, in milliseconds."""
    return int((me.login.expires_at - utcnow()).total_seconds() * 1000) if me else 0


def beat_of(session, workshop) -> pulse.Beat | None:
    """The pulse for the session that this page belongs to, if it belongs to one."""
    return session and workshop and pulse.beat(session, workshop)


def person(name: str) -> str:
    """A name as it is shown; of a deleted account the words that stand for it."""
    return gettext(name) if name == terms.FORMER_PERSON else name


def clock(moment: datetime | None, seconds: bool = False) -> str:
    """14:36, or 14:36:07."""
    return "" if moment is None else format_datetime(moment, "HH:mm:ss" if seconds else "HH:mm")


def day(moment: datetime | None) -> str:
    """23.11.2026, 14:36 (or as the English write it)."""
    return "" if moment is None else format_datetime(moment, "short")
