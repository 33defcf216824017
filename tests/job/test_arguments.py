"""Flags that make no sense together, or alone: refused with the flag to leave out or to add."""

from pathlib import Path

import pytest

from workforce_source.job.arguments import parse, settings_of


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--employees 5", "--employees goes with --sandbox"),
        ("--publish-people", "--publish-people goes with --publish"),
        ("--publish-raw --report r.html", "--publish-raw goes with --publish"),
        ("--with-names", "--with-names goes with --report"),
        ("--despite-errors", "--despite-errors goes with --publish or --report"),
        ("--accept-listed", "--accept-listed goes with --skill-library"),
        ("--publish-safe s --small-groups show", "--publish-safe is for everybody"),
        ("--no-marts --skill-review r", "--skill-review needs the marts: leave --no-marts out"),
        ("--no-load --max-badge-reads 0", "--max-badge-reads is for a load: leave --no-load out"),
        ("--as-of 2026-03-01 --report r.html", "--as-of goes with --no-load"),
        ("--no-load --as-of March", "--as-of: a date such as 2026-03-01"),
        ("--no-load --as-of 9999-12-31", "--as-of: a day that has begun"),
        ("--no-load --check", "--check is for a load: leave --no-load out"),
        ("--no-marts --seeds s", "--seeds needs the marts: leave --no-marts out"),
        (
            "--badge-max-age 0 --refresh-all",
            "--badge-max-age sets another age: leave --refresh-all out",
        ),
        ("--json --check", "--json is for a load: leave --check out"),
        (
            "--sandbox --parallel 2",
            "--parallel is for organizations of your own: leave --sandbox out",
        ),
        ("--sandbox --shard 1/2", "--shard is for organizations of your own: leave --sandbox out"),
        ("--shard 1/2 --parallel 2", "--parallel loads several organizations: leave --shard out"),
        ("--shard 3/2", "A shard is one of several, from 1/2 to 2/2"),
        ("--shard second", "A shard is written as 2/8"),
        ("--parallel 0", "--parallel: a whole number from 1 up"),
        ("--max-badge-reads -1", "--max-badge-reads: a whole number from 0 up"),
        ("--max-badge-reads many", "--max-badge-reads: a whole number from 0 up"),
        ("--sand", "unrecognized arguments: --sand"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    flags: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and the last line says what to change."""
    with pytest.raises(SystemExit) as ended:
        parse(flags.split())
    assert ended.value.code == 2
    assert told in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("flags", "settings"),
    [
        ("", {}),
        ("--refresh-all", {"badge_max_age": "0"}),
        ("--badge-max-age 6h --max-badge-reads 0", {"badge_max_age": "6h", "max_badge_reads": 0}),
    ],
)
def test_flags_are_settings_only_where_they_are_given(
    flags: str, settings: dict[str, object]
) -> None:
    """A flag that is not given leaves the setting to the other places."""
    assert settings_of(parse(flags.split())) == settings


def test_the_keys_of_a_file_are_read_line_by_line(tmp_path: Path) -> None:
    """With the mark that spreadsheets write, empty lines and spaces left out."""
    keys = tmp_path / "keys.txt"
    keys.write_bytes(b"\xef\xbb\xbfe-1\r\n\r\n  e 2 \n")
    assert settings_of(parse(["--refresh", str(keys)])) == {"refresh": ["e-1", "e 2"]}
