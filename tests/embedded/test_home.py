import os
from pathlib import Path

import pytest

from handrail.embedded.home import Home, HomeInUse, NoHome


def test_a_home_is_made_for_its_owner_only(tmp_path: Path) -> None:
    with Home(tmp_path / "deep" / "home") as home:
        assert home.path.stat().st_mode & 0o077 == 0


def test_a_second_stack_in_a_home_is_told_who_holds_it(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        with pytest.raises(HomeInUse, match=rf"in use by another Handrail \(pid {os.getpid()}\)"), Home(tmp_path):
            pass
        assert home.holder() == os.getpid()

    assert home.holder() is None


def test_emptying_a_home_removes_its_state(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        (tmp_path / "temporal.db").write_text("x")
        home.log("worker").parent.mkdir()
        home.log("worker").write_text("x")

    home.empty()

    assert [entry.name for entry in tmp_path.iterdir()] == ["lock"]


def test_a_folder_of_somebody_else_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(NoHome, match="nothing is removed"):
        Home(tmp_path).empty()

    assert (tmp_path / "thesis.tex").exists()


def test_a_home_in_use_is_never_emptied(tmp_path: Path) -> None:
    with Home(tmp_path):
        (tmp_path / "temporal.db").write_text("x")
        with pytest.raises(HomeInUse):
            Home(tmp_path).empty()

    assert (tmp_path / "temporal.db").exists()
