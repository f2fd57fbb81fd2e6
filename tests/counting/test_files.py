"""Elections on disk: the same election in every form, and one sentence for a bad file."""

import json
import tracemalloc

import pytest

from werkstatt.counting import decide
from werkstatt.counting.files import FileError, read

HEAD = (
    "# FILE NAME: x\n# NUMBER ALTERNATIVES: 3\n"
    + "# ALTERNATIVE NAME 1: ä\n# ALTERNATIVE NAME 2: b\n# ALTERNATIVE NAME 3: c\n"
)

ELECTION = """{"candidates": ["a", "b"],
"ballot_type": %s, "ballots": [%s
]}"""


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_same_election_in_all_forms(tmp_path):
    data = {
        "candidates": ["ä", "b", "c"],
        "ballot_type": "ranking",
        "ballots": [
            {"count": 3, "ranking": [[0], [1, 2]]},
            {"count": 2, "ranking": [[2]]},
            {"count": 1, "ranking": []},
        ],
    }
    elections = [
        read(write(tmp_path, "a.json", json.dumps(data))),
        read(write(tmp_path, "a.toi", HEAD + "3: 1,{2,3}\n2: 3\n1:\n")),
        read(write(tmp_path, "old.toi", "3\n1,ä\n2,b\n3,c\n6,6,3\n3,1,{2,3}\n2,3\n1,\n")),
        read(write(tmp_path, "a.cat", HEAD + "# NUMBER CATEGORIES: 2\n3: {1},{2,3}\n2: 3,{}\n1: {},{}\n")),
    ]
    for election in elections:
        assert election.candidates == ["ä", "b", "c"]
        assert election.case.matrix.tolist() == [[0, 3, 3], [0, 0, 0], [2, 2, 0]]
        assert (election.ballots, election.abstentions) == (6, 1)


def test_unranked_as_no_opinion(tmp_path):
    path = write(tmp_path, "A.SOI", HEAD + "3: 1\n2: 3,1\n")
    assert read(path).case.matrix.tolist() == [[0, 5, 3], [0, 0, 0], [2, 2, 0]]
    assert read(path, "no-opinion").case.matrix.tolist() == [[0, 0, 0], [0, 0, 0], [2, 0, 0]]


def test_categories_as_approvals(tmp_path):
    path = write(tmp_path, "a.cat", HEAD + "3: {1,2},{3}\n2: {},{1,2,3}\n")
    assert [(b.approved, b.weight) for b in read(path, keep=True).case.ballots] == [({0, 1}, 3), (set(), 2)]


def test_more_lines_than_a_block(tmp_path):
    path = write(tmp_path, "a.soi", HEAD + "1: 1\n" * 5000 + "1: 2\n" * 5000)
    told = []
    election = read(path, progress=told.append)
    assert election.case.matrix.tolist() == [[0, 5000, 5000], [5000, 0, 5000], [0, 0, 0]]
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("a.soc", HEAD + "3 1,2,3\n", "line 6 "),
        ("a.soc", HEAD + "x: 1,2,3\n", "line 6:"),
        ("a.soc", HEAD + "1: 1,2,4\n", "line 6: alternative 4"),
        ("a.soc", HEAD + "1: 0\n", "line 6: alternative 0"),
        ("a.soi", HEAD + "2: 1\n1: 1,1\n", "line 7: alternative 1"),
        ("a.soc", HEAD + "0: 1\n", "line 6: the count 0"),
        ("a.toc", HEAD + "1: 1,{2,3\n", "line 6: a brace"),
        ("a.soc", HEAD.replace("NAME 2", "NAME 7") + "1: 1\n", "ALTERNATIVE NAME"),
        ("a.soc", HEAD.replace("2: b", "2: c") + "1: 1\n", "ALTERNATIVE NAME 3' repeats"),
        ("a.json", '{"candidates": ["a", "b", "a"], "ballot_type": "ranking"}', "'candidates[2]' repeats"),
        ("a.json", '{"candidates": ["a", "\\u0061"], "ballot_type": "ranking"}', "'candidates[1]' repeats"),
        ("a.soc", "", "ALTERNATIVE NAME"),
        ("a.json", "{", "line 1 "),
        ("a.json", "[1]", "line 1 "),
        ("a.json", '{"ballots": []}', "key 'candidates'"),
        ("a.json", '{"candidates": ["a", "b"]}', "key 'ballot_type'"),
        ("a.json", '{"candidates": ["a"], "ballot_type": "stars"}', "key 'ballot_type'"),
        ("a.json", '{"candidates": ["a"], "ballot_type": "ranking"}', "key 'ballots'"),
        (
            "a.json",
            '{"candidates": ["a"], "ballot_type": "ranking", "ballots": [{"count": 1}]}',
            "ballots[0]",
        ),
        (
            "a.json",
            '{"candidates": ["a"], "ballot_type": "ranking", "ballots": [{"count": 1, "ranking": [[3]]}]}',
            "ballots[0]': item 3",
        ),
        (
            "a.json",
            '{"candidates": ["a"], "ballot_type": "points", "ballots": [{"count": 1, "scores": [[0, -2]]}]}',
            "ballots[0]': item 0",
        ),
        (
            "a.json",
            '{"candidates": ["a"], "ballot_type": "approval", "ballots": [{"count": "1", "approved": [0]}]}',
            "ballots[0]': the count",
        ),
        ("a.txt", "", "ending"),
        ("a.toi", HEAD + "1: {{1},2}\n", "line 6: a brace stands inside"),
        ("a.toi", HEAD + "1: {1}{2}\n", "line 6: a comma is missing"),
        ("a.toi", HEAD + "1: 1,,3\n", "line 6: nothing stands between"),
        ("a.toi", HEAD + "1: 1,\n", "line 6: nothing stands between"),
        ("a.toi", HEAD + "1: {1,},2\n", "line 6: a comma is missing"),
        ("a.toi", HEAD + "1: 1},2\n", "line 6: a brace is not opened"),
        ("a.toi", HEAD + "1: 1 2\n", "line 6: '1 2'"),
        ("a.toi", HEAD + "1: ١\n", "line 6: '١'"),
        ("a.toi", HEAD + "1: {},2\n", "line 6: a pair of braces is empty"),
        ("a.toi", HEAD + f"1: {'9' * 5000}\n", "line 6: '999"),
        ("a.toi", HEAD + f"{'9' * 5000}: 1\n", "line 6: '999"),
        (
            "a.toi",
            HEAD + "600000000000000: 1\n" * 900,
            "line 860: up to here there are more than 512409557603043100 ballots",
        ),
        ("a.soc", HEAD + "1: 1,{2,3}\n", "line 6: .soc files hold no ties"),
        ("a.soi", HEAD + "1: {1,2}\n", "line 6: .soi files hold no ties"),
        ("a.soc", HEAD + "1: 1,2,3\n1: 1,3\n", "line 7: .soc files order everything, and alternative 2"),
        ("a.toc", HEAD + "1: {1,2}\n", "line 6: .toc files order everything, and alternative 3"),
        ("a.cat", HEAD + "# NUMBER CATEGORIES: 2\n1: 1,2,3\n", "line 7: 3 categories"),
        ("a.soi", HEAD, "NUMBER VOTERS"),
        ("a.soi", HEAD + "# NUMBER VOTERS: 3\n1: 1\n1: 2\n", "line 6: key 'NUMBER VOTERS' says 3"),
        ("a.soi", HEAD + "# NUMBER VOTERS: 3\n# NUMBER VOTERS: 2\n1: 1\n", "line 7: key 'NUMBER VOTERS'"),
        ("a.soi", HEAD + "# NUMBER UNIQUE ORDERS: 3\n1: 1\n1: 2\n", "line 6: key 'NUMBER UNIQUE ORDERS'"),
        (
            "a.soi",
            HEAD.replace("TIVES: 3", "TIVES: 4") + "1: 1\n",
            "line 2: key 'NUMBER ALTERNATIVES' says 4",
        ),
        ("a.soi", HEAD + "# DATA TYPE: toc\n1: 1\n", "line 6: key 'DATA TYPE' says toc"),
        ("a.soi", HEAD + "1: 1\n# ALTERNATIVE NAME 4: d\n", "line 7: key 'ALTERNATIVE NAME 4'"),
        ("a.soi", HEAD + "# ALTERNATIVE NAME 3: d\n1: 1\n", "line 6: alternative 3 has a name already"),
        ("old.soi", "2\n1,a\n2,b\n3,4,1\n3,1\n", "line 4: key 'NUMBER VOTERS' says 4"),
        ("old.soi", "2\n1,a\n2,b\n3,3,2\n3,1\n", "line 4: key 'NUMBER UNIQUE ORDERS' says 2"),
        ("old.soi", "2\n1,a\n2,b\n3,1\n", "line 4 does not hold"),
        ("old.soi", "2\n1,a\n", "line 1: there are not 2 names"),
        ("a.json", '{"candidates": ["a"], "candidates": ["b"]}', "key 'candidates' stands twice"),
        (
            "a.json",
            ELECTION % ('"ranking"', '{"count": 1, "count": 2, "ranking": []}'),
            "key 'count' stands twice",
        ),
        ("a.json", ELECTION % ('"ranking"', "") + "x", "line 3 is not JSON"),
        ("a.json", (ELECTION % ('"ranking"', ""))[:-1], "line 3 is not JSON"),
        ("a.json", ELECTION % ('["ranking"]', ""), "key 'ballot_type'"),
        ("a.json", ELECTION % ('"ranking"', '{"count": %s, "ranking": []}' % ("9" * 5000)), "(5000 signs)"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": {}}'), "no list 'ranking'"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": [0]}'), "a level is not a list"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": [[0], []]}'), "a level without items"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": [[0], [[1]]]}'), "ballots[0]'"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": [[true]]}'), "item True"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "approved": [0]}'), "no list 'ranking'"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 1, "ranking": [[0]]},{}'), "key 'ballots[1]'"),
        ("a.json", ELECTION % ('"ranking"', '{"count": 4e17, "ranking": [[0]]}'), "the count 4e+17"),
        (
            "a.json",
            ELECTION % ('"ranking"', '{"count": 1, "ranking": [[0]]},' + "[" * 100_000),
            "nested too deep",
        ),
        ("a.json", ELECTION % ('"approval"', '{"count": 1, "approved": [[0]]}'), "item [0] is not"),
        ("a.json", ELECTION % ('"points"', '{"count": 1, "scores": [[[0], 1]]}'), "an item is not a number"),
        ("a.json", ELECTION % ('"approval"', '{"count": 1, "approved": [0, 0]}'), "item 0 is named twice"),
        (
            "a.json",
            ELECTION % ('"points"', '{"count": 1, "scores": [[0, 1.5]]}'),
            "item 0 has 1.5 points, not written as a whole",
        ),
        (
            "a.json",
            ELECTION % ('"points"', '{"count": 1, "scores": [[0, 1], [0, 2]]}'),
            "item 0 has points twice",
        ),
        ("a.json", ELECTION % ('"points"', '{"count": 1, "scores": [[0]]}'), "[0] is not a pair"),
        ("a.json", '{"candidates": ["a", "\\ud800"]}', "key 'candidates[1]'"),
        (
            "a.json",
            ELECTION % ('"ranking"', '{"count": 1, "ranking": [[0]], "no_opinion": [1]}'),
            "key 'ballots[0]': key 'no_opinion' is unknown",
        ),
        ("a.json", ELECTION % ('"approval"', '{"count": 1, "approved": [0], "weight": 2}'), "key 'weight'"),
        (
            "a.json",
            '{"counts": {"ballots": 99}, "candidates": ["a"], "ballot_type": "ranking",'
            ' "ballots": [{"count": 2, "ranking": [[0]]}]}',
            "key 'counts.ballots' says 99, but the ballots add up to 2",
        ),
        (
            "a.json",
            '{"candidates": ["a"], "ballot_type": "ranking",'
            ' "ballots": [{"count": 2, "ranking": [[0]]}], "counts": {"candidates": 1, "ballots": true}}',
            "key 'counts.ballots' says True, but the ballots add up to 2",
        ),
        (
            "a.json",
            '{"counts": {"candidates": 3}, "candidates": ["a"], "ballot_type": "ranking", "ballots": []}',
            "key 'counts.candidates' says 3, but the number of names is 1",
        ),
        (
            "a.soi",
            "# ALTERNATIVE NAME 1: a\r# NUMBER VOTERS: 1\r1: 1\r",
            "line 1 holds a carriage return without a line feed",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_with_line_or_key(tmp_path, name, text, where):
    with pytest.raises(FileError) as caught:
        read(write(tmp_path, name, text))
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_one_that_is_not_text(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "a.soc").write_bytes(b"# \xff\n")
    with pytest.raises(FileError, match="line 1 is not UTF-8"):
        read(tmp_path / "a.soc")
    (tmp_path / "a.json").write_bytes(b'{\n"candidates":\n["\xe4"]}')
    with pytest.raises(FileError, match="line 3 is not UTF-8"):
        read(tmp_path / "a.json")


def test_an_election_without_ballots_is_one(tmp_path):
    for kind, method in (("ranking", "schulze"), ("approval", "approval"), ("points", "score")):
        election = read(write(tmp_path, "a.json", ELECTION % (f'"{kind}"', "")), keep=True)
        assert (election.ballots, election.kind) == (0, kind)
        assert decide(election.case, method).tiers == ((0, 1),)
    election = read(write(tmp_path, "a.soi", HEAD + "# NUMBER VOTERS: 0\n"))
    assert decide(election.case).tiers == ((0, 1, 2),)


def test_json_whose_ballots_stand_first(tmp_path):
    text = """{"ballots": [{"ranking": [[1], [0]], "count": 2}],
    "candidates": ["Ä\\ud83d\\ude00", "Ö😀"], "ballot_type": "ranking", "note": {"x": [1e999]}}"""
    election = read(write(tmp_path, "a.json", text))
    assert election.candidates == ["Ä😀", "Ö😀"]
    assert election.case.matrix.tolist() == [[0, 0], [2, 0]]


MOST = (2**62 - 1) // 9  # for three candidates


def in_both_forms(folder, counts):
    """The same ballots for the first of three candidates, as JSON and as PrefLib; counts as they are written."""
    rows = ",".join(f'{{"count": {number}, "ranking": [[0]]}}' for number in counts)
    text = f'{{"candidates": ["ä", "b", "c"], "ballot_type": "ranking", "ballots": [{rows}]}}'
    yield write(folder, "a.json", text)
    yield write(folder, "a.soi", HEAD + "".join(f"{number}: 1\n" for number in counts))


@pytest.mark.parametrize("counts", [[10**15], [10**16], [MOST], [MOST - 5, 5], [MOST // 900] * 900])
def test_large_counts_and_their_sums_are_counted_exactly(tmp_path, counts):
    for path in in_both_forms(tmp_path, counts):
        election = read(path)
        assert election.ballots == sum(counts)
        assert election.case.matrix.tolist() == [[0, sum(counts), sum(counts)], [0, 0, 0], [0, 0, 0]]
    head = HEAD + f"# NUMBER VOTERS: {MOST}\n{MOST - 5}: 1\n5: 2\n"
    assert read(write(tmp_path, "sums.soi", head)).ballots == MOST


@pytest.mark.parametrize("counts", [[MOST + 1], [MOST, 1], [10**24], [10**25], [10**3000]])
def test_one_limit_for_both_forms_with_one_true_sentence(tmp_path, counts):
    said = set()
    for path in in_both_forms(tmp_path, counts):
        with pytest.raises(FileError) as no:
            read(path)
        where, _, sentence = str(no.value).partition(": ")
        assert where in (f"key 'ballots[{len(counts) - 1}]'", f"line {5 + len(counts)}")
        said.add(sentence)
    assert said == {
        f"up to here there are more than {MOST} ballots, the most that can be counted for 3 candidates"
    }


@pytest.mark.parametrize("count", ["9" * 4500, "-" + "9" * 4500, "0", "-1", "1.0", "1e3", "true"])
def test_what_is_no_count_is_not_called_what_it_is_not(tmp_path, count):
    for path in in_both_forms(tmp_path, [count]):
        with pytest.raises(
            FileError, match="more digits than can be read|not written as|not a whole number in plain"
        ):
            read(path)
    for path in in_both_forms(tmp_path, ["9" * 4500]):
        with pytest.raises(FileError, match="more digits than can be read"):
            read(path)


def test_a_long_json_election_goes_through_a_small_window(tmp_path):
    rows = [
        {"count": number % 7 + 1, "ranking": [[number % 3], [(number + 1) % 3]]} for number in range(9000)
    ]
    data = {"candidates": ["a", "b", "c"], "ballot_type": "ranking", "ballots": rows, "note": "ü" * 200_000}
    path, told = write(tmp_path, "a.json", json.dumps(data, indent=1, ensure_ascii=False)), []
    election = read(path, progress=told.append)
    expected = [[0] * 3 for _ in range(3)]
    for row in rows:
        (first,), (second,) = row["ranking"]
        third = 3 - first - second
        for above, below in ((first, second), (first, third), (second, third)):
            expected[above][below] += row["count"]
    assert election.case.matrix.tolist() == expected
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size
    assert len(set(told)) > 5


@pytest.mark.parametrize("number", ["2.5", "-1.5e+10", "12", "1E-7"])
def test_a_number_may_stand_wherever_the_window_ends(tmp_path, monkeypatch, number):
    text = (ELECTION % ('"ranking"', '{"count": 2, "ranking": [[0]]}')).replace(
        "{", f'{{"budget": {number}, ', 1
    )
    for chunk in range(1, 40):
        monkeypatch.setattr("werkstatt.counting.files.jsonform._CHUNK", chunk)
        assert read(write(tmp_path, "a.json", text)).ballots == 2


def test_ballots_before_their_names_need_no_more_memory(tmp_path):
    def peak(sort):
        rows = [{"count": 1, "ranking": [[number % 3]]} for number in range(40_000)]
        data = {
            "candidates": ["a", "b", "c"],
            "ballot_type": "ranking",
            "ballots": rows,
            "counts": {"ballots": 40_000},
        }
        path = write(tmp_path, "a.json", json.dumps(data, sort_keys=sort))
        del rows, data
        tracemalloc.start()
        election = read(path)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (election.ballots, election.case.matrix.sum()) == (40_000, 80_000)
        return most

    assert max(peak(sort=True), peak(sort=False)) < 5e6  # "ballots" is the first of these keys


def test_more_candidates_than_there_is_memory_for_are_refused(tmp_path, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    monkeypatch.setattr("werkstatt.counting.files._gather", full)
    with pytest.raises(FileError, match="more candidates or ballots than there is memory for"):
        read(write(tmp_path, "a.json", ELECTION % ('"ranking"', "")))


def test_equal_approvals_are_kept_once(tmp_path):
    rows = '{"count": 2, "approved": [0]}, {"count": 3, "approved": [0]}, {"count": 1, "approved": []}'
    election = read(write(tmp_path, "a.json", ELECTION % ('"approval"', rows)), keep=True)
    assert [(b.approved, b.weight) for b in election.case.ballots] == [({0}, 5), (set(), 1)]
    assert (election.ballots, election.abstentions, election.case.weight) == (6, 1, 5)


def test_what_real_preflib_files_hold(tmp_path):
    """A byte order mark, line ends of two systems, spaces, keys of their own, a category called nought."""
    text = (
        "\ufeff"
        + HEAD.replace("\n", "\r\n")
        + (
            "# DATA TYPE: cat\r\n# OFFICIAL RESULTS: {a: 65, b: 52}\r\n# NUMBER VOTERS: 9\r\n# NUMBER UNIQUE PREFERENCES: 2"
            "\r\n# NUMBER CATEGORIES: 2\r\n# CATEGORY NAME 0: Vote\r\n# CATEGORY NAME 1: Not\r\n"
            "7: 1, {3, 2}\r\n# a remark\r\n\r\n2: {}, { 1 , 2 }"
        )
    )
    (tmp_path / "a.cat").write_bytes(text.encode())
    election = read(tmp_path / "a.cat", "no-opinion", keep=True)
    assert election.candidates == ["ä", "b", "c"]
    assert decide(election.case, "approval").figures["approvals"] == [7, 0, 0]
    assert election.case.matrix.tolist() == [[0, 7, 7], [0, 0, 0], [0, 0, 0]]
    assert read(tmp_path / "a.cat").case.matrix.tolist() == [[0, 7, 9], [0, 0, 2], [0, 0, 0]]
