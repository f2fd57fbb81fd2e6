"""Pictures of every page, for people who look at them: `make screenshots`.

    python tests/story/screenshots.py [FOLDER] [--only PART] [--quick]

Fills a database with the demo and all that the demo does not show, goes everywhere as the right
person, and writes FOLDER/<language>-<theme>-<width>/<page>.png. ``--quick``: German, light.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

import pytest

from config import HERE

sys.path.insert(0, str(HERE))  # run as a file, the tests are not yet importable

from tests.conftest import migrated, settings_for
from tests.story import visits
from tests.story.conftest import answer_cdn, chromium, cookie_of, released_htmx, serving
from tests.story.test_axe import come_to

SIZES = {"laptop": (1366, 768), "phone": (390, 844)}
SCREEN = (1920, 1080)
LANGUAGES = {"de": "de-DE", "en": "en-GB"}


def main() -> None:
    asked = argparse.ArgumentParser(description="Pictures of every page.")
    asked.add_argument("folder", nargs="?", type=Path, default=HERE / "screenshots")
    asked.add_argument("--only", default="", help="a regular expression for the names of pages")
    asked.add_argument("--quick", action="store_true", help="German and light alone")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/werkstatt.sqlite"
        settings = settings_for(Path(folder), url)
        settings.make_folders()
        migrated(settings)
        with serving(Path(folder), url) as app, chromium() as browser:
            filled = visits.fill(app)
            for language, locale in LANGUAGES.items():
                for theme in ("light", "dark"):
                    if not given.quick or (language, theme) == ("de", "light"):
                        shots = Album(app, browser, filled, given.folder, locale, f"{language}-{theme}")
                        shots.take(re.compile(given.only), theme)
    print(f"{sum(1 for _ in given.folder.rglob('*.png'))} pictures in {given.folder}")


class Album:
    """The pictures of one language and theme."""

    def __init__(self, app, browser, filled, folder: Path, locale: str, name: str):
        self.app, self.browser, self.filled = app, browser, filled
        self.folder, self.locale, self.name = folder, locale, name
        self.htmx = released_htmx()

    def take(self, wanted: re.Pattern, theme: str) -> None:
        chosen = [visit for visit in self.filled.visits if wanted.search(visit.name)]
        for size, (width, height) in SIZES.items():
            self.walk([visit for visit in chosen if not visit.projector], size, width, height, theme)
        self.walk([visit for visit in chosen if visit.projector], "projector", *SCREEN, theme)

    def walk(self, chosen, size: str, width: int, height: int, theme: str) -> None:
        there = self.folder / f"{self.name}-{size}"
        there.mkdir(parents=True, exist_ok=True)
        for who in dict.fromkeys(visit.who for visit in chosen):
            context = self.browser.new_context(
                locale=self.locale,
                timezone_id="Europe/Berlin",
                color_scheme=theme,
                reduced_motion="reduce",
                viewport={"width": width, "height": height},
            )
            answer_cdn(context, "good", self.htmx)
            if who:
                context.add_cookies([cookie_of(self.app, 0, self.filled.logins[who])])
            page = context.new_page()
            for visit in chosen:
                if visit.who == who:
                    come_to(page, self.app.config["SETTINGS"].base_url, visit)
                    if (
                        not visit.projector
                    ):  # a tall window, so that what sticks to its edge stands where it belongs
                        tall = page.evaluate("document.documentElement.scrollHeight")
                        page.set_viewport_size({"width": width, "height": max(tall, height)})
                    page.screenshot(path=there / f"{visit.name}.png")
                    page.set_viewport_size({"width": width, "height": height})
            context.close()


if __name__ == "__main__":
    try:
        main()
    except pytest.skip.Exception as no:
        sys.exit(str(no))
