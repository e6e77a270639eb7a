"""The doctor tells what is missing and how to mend it, on this real machine."""

import socket
from pathlib import Path

import pytest

from gridmap import doctor
from gridmap.settings import Settings


def by_name(settings: Settings) -> dict[str, doctor.Finding]:
    return {finding.name_en: finding for finding in doctor.examine(settings)}


def test_a_machine_that_runs_gridmap_is_found_well(settings: Settings) -> None:
    found = by_name(settings)
    assert len(found) == len(doctor.CHECKS)
    for name in ("Python", "PostGIS", "data folder", "database", "profile"):
        assert found[name].ok, found[name]


def test_every_finding_says_in_both_languages_how_to_mend_it(tmp_path: Path) -> None:
    broken = Settings(
        home=tmp_path / "nowhere",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        profile="atlantis",
        web_dir=tmp_path,
    )
    found = by_name(broken)
    for name in ("database", "profile", "web app"):
        finding = found[name]
        assert not finding.ok
        assert finding.mend and finding.mend_en and finding.detail and finding.detail_en
    assert "GRIDMAP_DATABASE_URL" in found["database"].mend_en
    assert "GRIDMAP_PROFILE" in found["profile"].mend


def test_a_cluster_that_does_not_run_is_mended_by_up(home: Path, tmp_path: Path) -> None:
    finding = by_name(Settings(home=tmp_path))["database"]
    assert not finding.ok
    assert "gridmap up" in finding.mend


def test_a_port_taken_by_a_stranger_is_reported(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        finding = doctor.check_port(settings.model_copy(update={"port": port}))
    assert not finding.ok
    assert "GRIDMAP_PORT" in finding.mend
    assert doctor.check_port(settings.model_copy(update={"port": port})).ok


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a read-only file system to look at")
def test_a_data_folder_that_cannot_be_written_is_reported() -> None:
    finding = doctor.check_home(Settings(home=Path("/proc/gridmap")))
    assert not finding.ok
    assert "GRIDMAP_HOME" in finding.mend_en
