"""Elections on disk: the same election in every form, and one sentence for a bad file."""

import json

import pytest

from werkstatt.counting.files import FileError, read

HEAD = (
    "# FILE NAME: x\n# NUMBER ALTERNATIVES: 3\n"
    + "# ALTERNATIVE NAME 1: ä\n# ALTERNATIVE NAME 2: b\n# ALTERNATIVE NAME 3: c\n"
)


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
    path = write(tmp_path, "a.soi", HEAD + "3: 1\n2: 3,1\n")
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
        ("a.soc", HEAD + "2: 1\n1: 1,1\n", "line 7: alternative 1"),
        ("a.soc", HEAD + "0: 1\n", "line 6: the count 0"),
        ("a.toc", HEAD + "1: 1,{2,3\n", "line 6: a brace"),
        ("a.soc", HEAD.replace("NAME 2", "NAME 7") + "1: 1\n", "ALTERNATIVE NAME"),
        ("a.soc", HEAD.replace("2: b", "2: c") + "1: 1\n", "name twice"),
        ("a.soc", "", "ALTERNATIVE NAME"),
        ("a.json", "{", "line 1 "),
        ("a.json", "[1]", "line 1 "),
        ("a.json", '{"ballots": []}', "key 'candidates'"),
        ("a.json", '{"candidates": ["a", "a"]}', "key 'candidates'"),
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
    with pytest.raises(FileError, match="not UTF-8"):
        read(tmp_path / "a.soc")
