"""A valid body for every form, by endpoint: what a browser would send, every field of it."""

from __future__ import annotations

from tests.house.stage import PASSWORD, Stage
from werkstatt.acts import privacy, rank
from werkstatt.models import Round
from werkstatt.terms import Phase

WORDING = {"title": "Ein Titel", "problem": "Ein Problem", "action": "Eine Maßnahme"}
SETTINGS = {
    "title": "Regionen",
    "question": "Was stärkt die Regionen?",
    "proposals_each": "4",
    "visibility": "after_own",
    "names_visible": [],
    "late_proposals": "y",
    "staff_votes": [],
}
EVENT = {
    "title": "Workshop Görlitz",
    "kind": "Regionalworkshop",
    "place": "Görlitz",
    "starts_at": "2026-11-23T09:00",
    "ends_at": "2026-11-23T16:00",
}


def bodies(stage: Stage, phase: Phase) -> dict[str, dict]:
    """endpoint -> fields; lists are fields that are sent several times, or (empty) not at all."""
    ids, house = stage.ids[phase], stage.house
    theme, sector = house.themes[0].id, house.sectors[0].id
    wording = WORDING | {"theme": str(theme)}
    seen = f"{ids['recommendation_id']}:1"
    return {
        "collect.propose": wording,
        "collect.edit": wording,
        "collect.withdraw": {},
        "collect.restore": {},
        "collect.hide": {"reason": "Nennt eine Person."},
        "collect.unhide": {},
        "discuss.comment": {"kind": "question", "text": "Wer bezahlt das?", "parent": ""},
        "discuss.edit": {"kind": "question", "text": "Wer bezahlt das?"},
        "discuss.hide": {"reason": "Nennt eine Person."},
        "discuss.unhide": {},
        "consolidate.merge": wording | {"reason": "", "seen": [seen, f"{ids['second_id']}:1"]},
        "consolidate.reword": wording | {"reason": "kürzer", "seen": [seen]},
        "consolidate.exclude": {"reason": "gehört nicht zur Frage", "seen": [seen]},
        "consolidate.undo": {},
        "join.propose_for": wording | {"person": str(ids["late_id"])},
        "join.comment_for": {
            "person": str(ids["late_id"]),
            "name": "V-1",
            "kind": "question",
            "text": "Wer?",
        },
        **_door(stage, ids, sector),
        **_privacy(stage, ids),
        **_office(ids, sector),
        **_prepare(ids, theme, sector, phase),
        **_rank(stage, ids, phase),
    }


def _door(stage: Stage, ids: dict, sector: int) -> dict:
    return {
        "join.log_in": {"email": "petra@example.org", "password": PASSWORD, "next": "/"},
        "join.use_code": {"email": stage.mailed[0], "code": stage.mailed[1], "next": "/"},
        "join.use_link": {"password": ""},
        "join.set_password": {"current": PASSWORD, "new": "noch ein langes Passwort"},
        "join.log_out": {},
        "join.choose_language": {"language": "en", "next": "/bye"},
        "join.arrive": {"name": "Nora Neu", "organisation": "Werk", "email": "", "sector": str(sector)},
        "join.be_here": {"sector": str(sector)},
        "join.accept": {"password": ""},
        "join.register": {"name": "Nora Neu", "organisation": "Werk", "sector": str(sector), "card": ""},
        "join.approve_all": {"member": [str(ids["waiting_id"])], "place": [], "next": ""},
        "join.refuse_all": {"member": [str(ids["waiting_id"])], "next": ""},
        "join.approve": {"place": [], "seen": [], "next": ""},
        "join.refuse": {"next": ""},
        "join.check_in": {"next": ""},
        "join.correct": {"sector": str(stage.house.sectors[1].id)},
        "join.fresh_card": {},
        "join.give_blank": {"card": f"K-{ids['blank_number']:03}"},
        "join.give_return_code": {},
        "join.make_cards": {"who": "some", "member": [str(ids["membership_id"])], "blank": "1"},
        "join.void_card": {},
        "join.enter_code": {"code": ids["code"]},
        "join.use_card": {},
        "join.join_card": {},
        "join.join_typed_card": {},
        "join.settle": {"both": "yes"},
        "join.sit_apart": {},
        "join.is_same": {"other": str(ids["late_id"])},
        "join.use_typed_card": {},
        "join.understood": {"next": "/"},
        "join.confirm": {"password": PASSWORD, "next": "/"},
        "join.stay": {"next": "/"},
    }


def _privacy(stage: Stage, ids: dict) -> dict:
    return {
        "privacy.change": {"name": "Nora Neu", "organisation": "Werk", "language": "en"},
        "privacy.ask_for_address": {"email": "anders@example.org"},
        "privacy.type_address_code": {"code": stage.address_code},
        "privacy.use_address": {},
        "privacy.end_others": {},
        "privacy.end_all": {},
        "privacy.delete": {"sure": "y"},
        "privacy.redact": {
            "passage": "das trägt",
            "reason": "insult",
            "sure": "y",
            "place": [f"comment:{ids['comment_id']}:text:0:9"],
        },
    }


def _office(ids: dict, sector: int) -> dict:
    listed = {"title": "Energie", "examples": "Stadtwerke", "rollup": "others"}
    return {
        "office.create_process": {"title": "Wärme", "question": "Wie heizen wir?"},
        "office.edit_process": {"title": "Industrie", "question": "Wie weiter?"},
        "office.add_theme": {"title": "Energie"},
        "office.rename_theme": {"title": "Energie"},
        "office.move_theme": {"to": "up"},
        "office.remove_theme": {},
        "office.add_sector": listed,
        "office.edit_sector": listed,
        "office.move_sector": {"to": "up"},
        "office.remove_sector": {},
        "office.create_workshop": EVENT,
        "office.copy_workshop": {"title": "Workshop Görlitz"},
        "office.add_organiser": {"email": "neu@example.org", "name": "Nora Neu"},
        "office.remove_organiser": {},
        "office.create_account": {"name": "Nora Neu", "email": "neu@example.org", "may_found": []},
        "office.block": {},
        "office.unblock": {},
        "office.grant": {"right": "may_found", "to": "yes"},
        "office.account_link": {},
        "office.save_periods": {name: "30" if name != "record" else "3650" for name in privacy.KEPT},
        "office.test_mail": {},
        "office.save_page": {"de": "Angaben", "en": "Facts"},
    }


def _prepare(ids: dict, theme: int, sector: int, phase: Phase) -> dict:
    place = {"role": "participant", "sector": str(sector), "table": str(ids["table_id"])}
    return {
        "prepare.add_person": {"name": "Nora Neu", "email": "", "organisation": "Werk", **place},
        "prepare.edit_person": {
            "name": "Nora Neu",
            "email": f"invited{ids['workshop_id']}@example.org",
            "organisation": "Werk",
            **place,
        },
        "prepare.fresh_link": {},
        "prepare.upload_list": {"text": "Name;E-Mail\nNora Neu;neu@example.org"},
        "prepare.take_list_over": {"take": ["2"]},
        "prepare.discard_list": {},
        "prepare.invite": {"all": "1", "member": []},
        "prepare.end_person": {},
        "prepare.restore_person": {},
        "prepare.edit_workshop": EVENT,
        "prepare.create_session": {"title": "Noch eine", "question": "Und dann?"},
        "prepare.save_settings": SETTINGS,
        "prepare.copy_session": {},
        "prepare.move_session": {"to": "up"},
        "prepare.add_tables": {"many": "2", "theme": str(theme)},
        "prepare.edit_table": {"number": "8", "theme": str(theme)},
        "prepare.remove_table": {},
        "prepare.new_code": {"hours": "12"},
        "prepare.set_joining": {"to": "closed"},
        "prepare.advance": {"leaving": phase.value},
        "prepare.go_back": {"leaving": phase.value, "reason": "mistake"},
        "prepare.set_clock": {"minutes": "12"},
        "prepare.extend_clock": {},
        "prepare.stop_clock": {},
    }


def _rank(stage: Stage, ids: dict, phase: Phase) -> dict:
    from werkstatt.db import db

    round = db.session.get(Round, ids["round_id"])
    places = {"place-A": "2", "place-B": "1", "place-C": ""}
    return {
        "rank.ballot": {"list": round.list_hash, "rev": "0", "step": "cast", "rest": "below", **places},
        "rank.open_round": {"leading": "person", "mark": rank.sheet(stage.sessions[phase]).mark},
        "rank.announce": {},
        "rank.keep_open": {},
        "rank.extend": {},
        "rank.cancel": {"reason": "zu früh geöffnet"},
        "rank.retry": {},
        "rank.without": {},
        "rank.mark_paper": {"to": "paper", "reason": "device"},
        "rank.enter_sheets": {"sheets": "1", "1-A": "2", "1-B": "1"},
        "rank.without_papers": {},
        "rank.late": {"member": str(ids["late_id"]), "reason": "kam nach der Pause"},
        "result.release": {},
        "result.propose_annulment": {"reason": "falsche Liste"},
        "result.confirm_annulment": {},
        "result.withdraw_annulment": {},
    }


# Where the usual instance would not do: a person who waits, one whose membership has ended ...
INSTANCES = {
    "join.approve": {"membership_id": "waiting_id"},
    "join.refuse": {"membership_id": "waiting_id"},
    "join.settle": {"membership_id": "taken_id"},
    "join.sit_apart": {"membership_id": "elsewhere_id"},
    "prepare.restore_person": {"membership_id": "ended_id"},
    "rank.give_paper": {"membership_id": "voter_id"},
    "rank.mark_paper": {"membership_id": "voter_id"},
    "office.remove_organiser": {"account_id": "colleague_id"},
    "join.invitation": {"token": "invitation"},
    "join.accept": {"token": "invitation"},
    "join.mailed_link": {"token": "mailed"},
    "join.use_link": {"token": "mailed"},
    "join.card": {"token": "card"},
    "join.use_card": {"token": "card"},
    "join.join_card": {"token": "card"},
    "privacy.confirm_address": {"token": "address"},
    "privacy.use_address": {"token": "address"},
}
QUERIES = {
    "consolidate.merging": "?ids={recommendation_id}&ids={second_id}",
}
# The state that a round must be in, in phase rank, and its problem, for a button to be the right one.
STATES = {
    "rank.open_round": "cancelled",
    "rank.retry": "closing orphans:1",
    "rank.without": "closing orphans:1",
    "rank.sheets": "closing papers",
    "rank.enter_sheets": "closing papers",
    "rank.without_papers": "closing papers",
    "result.release": "closed",
    "result.propose_annulment": "closed",
    "result.confirm_annulment": "closed",
    "result.withdraw_annulment": "closed",
}
# Somebody else has proposed it already.
PROPOSED = {"result.confirm_annulment", "result.withdraw_annulment"}
