"""Bundles: evidence as files, a folder or a `.zip`, that anyone verifies with nothing else at hand.

bundle.json        what was asked for, when, by whom, and the SHA-256 of every other file
bundle.sig         signature of bundle.json
events.jsonl       one event a line: chain, seq, key, subject, call_id, record (the exact text), hash
checkpoints.jsonl  the latest checkpoints: body (the exact text), signature
proofs.jsonl       per run: that the last checkpoint covers it
openings.jsonl     personal values with what opens their commitments; only when they were asked for
public_key.pem     of whom signed; compare its fingerprint with one that you know
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.evidence import Report
from handrail.evidence import reading
from handrail.evidence.checkpoints import Checkpoint
from handrail.evidence.keys import KeyRing, fingerprint, public_pem, read_public_pem
from handrail.evidence.reading import Proof, Row, Value
from handrail.evidence.verification import (
    Findings,
    check_chains,
    check_checkpoints,
    check_proof,
    check_value,
    check_witness,
    with_commitments,
)

FORMAT = "handrail-evidence-1"
CHECKPOINTS_KEPT = 100
_FILES = ("events.jsonl", "checkpoints.jsonl", "proofs.jsonl", "openings.jsonl", "public_key.pem")


def write(
    connection: sa.Connection, ring: KeyRing, path: Path, chains: list[str], about: dict[str, Any], personal: bool
) -> None:
    """Write these chains to `path`, which must not be there yet."""
    if path.exists():
        raise FileExistsError(f"{path} is there already; give another name or remove it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".bundle-") as scratch:
        folder = Path(scratch) / "bundle"
        folder.mkdir()
        _lines(folder / "events.jsonl", _events(connection, chains))
        _lines(folder / "checkpoints.jsonl", _checkpoints(connection))
        _lines(folder / "proofs.jsonl", (reading.proof(connection, chain)._asdict() for chain in chains))
        _lines(folder / "openings.jsonl", _openings(connection, ring, chains) if personal else [])
        (folder / "public_key.pem").write_bytes(public_pem(ring.public))
        _seal(folder, ring, about)
        if path.suffix == ".zip":
            shutil.make_archive(str(Path(scratch) / "packed"), "zip", folder)
            folder = Path(scratch) / "packed.zip"
        folder.rename(path)


def about(asked: dict[str, str], by: str, at: datetime) -> dict[str, Any]:
    return {"format": FORMAT, "asked": asked, "by": by, "at": at.isoformat()}


def verify_bundle(
    path: Path, *, public_key: Ed25519PublicKey | None = None, witness: Checkpoint | None = None
) -> Report:
    """Verify a bundle offline.

    Without `public_key` the key inside is believed: that proves the bundle whole, not whose it is.
    `witness`: a checkpoint got earlier and elsewhere, which must be among those in the bundle.
    """
    findings = Findings()
    files = _read(path)
    key = public_key or _key_inside(findings, files)
    if key is None:
        return findings.report()
    _check_seal(findings, files, key)
    try:
        _check_contents(findings, files, key, witness)
    except (ValueError, TypeError, KeyError) as error:
        findings.add("bundle", f"a line is not what it should be: {error}")
    return findings.report()


def _check_contents(
    findings: Findings, files: dict[str, bytes], key: Ed25519PublicKey, witness: Checkpoint | None
) -> None:
    proofs = [Proof(**line) for line in _parsed(files, "proofs.jsonl")]
    rows = (Row(**line) for line in _parsed(files, "events.jsonl"))
    check_chains(findings, with_commitments(findings, rows), {proof.chain: proof.seq for proof in proofs})
    made = [Checkpoint.read(**line) for line in _parsed(files, "checkpoints.jsonl")]
    last = check_checkpoints(findings, made, key)
    check_witness(findings, made, witness)
    for proof in proofs:
        if proof.chain not in findings.lengths:
            findings.add(proof.chain, "all its events are missing.", 1)
        check_proof(findings, proof, last)
    for chain in findings.lengths.keys() - {proof.chain for proof in proofs}:
        findings.add(chain, "there is no proof that a checkpoint covers it.")
    for line in _parsed(files, "openings.jsonl"):
        check_value(findings, Value(**line))


def _check_seal(findings: Findings, files: dict[str, bytes], key: Ed25519PublicKey) -> None:
    try:
        key.verify(bytes.fromhex(files["bundle.sig"].decode()), files["bundle.json"])
        digests = json.loads(files["bundle.json"])["files"]
    except (InvalidSignature, ValueError, KeyError):
        findings.add("bundle", f"bundle.json is not signed by key {fingerprint(key)}, or was changed.")
        return
    for name, digest in digests.items():
        if name not in files:
            findings.add("bundle", f"{name} is missing.")
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            findings.add("bundle", f"{name} was changed since it was exported.")


def _key_inside(findings: Findings, files: dict[str, bytes]) -> Ed25519PublicKey | None:
    try:
        return read_public_pem(files["public_key.pem"])
    except (KeyError, ValueError) as error:
        findings.add("bundle", f"public_key.pem is missing or no Ed25519 key: {error}")
        return None


def _seal(folder: Path, ring: KeyRing, about: dict[str, Any]) -> None:
    digests = {name: _digest(folder / name) for name in _FILES}
    body = json.dumps({**about, "signer": fingerprint(ring.public), "files": digests}, indent=1).encode()
    (folder / "bundle.json").write_bytes(body)
    (folder / "bundle.sig").write_text(ring.sign(body))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _events(connection: sa.Connection, chains: list[str]) -> Iterator[dict[str, Any]]:
    for chain in chains:
        for row in reading.rows(connection, "chain = :chain", chain=chain):
            yield row._asdict()


def _checkpoints(connection: sa.Connection) -> list[dict[str, str]]:
    query = sa.text("SELECT body, signature FROM evidence_checkpoints ORDER BY number DESC LIMIT :most")
    made = connection.execute(query, {"most": CHECKPOINTS_KEPT}).all()
    return [{"body": body, "signature": signature} for body, signature in reversed(made)]


def _openings(connection: sa.Connection, ring: KeyRing, chains: list[str]) -> Iterator[dict[str, Any]]:
    for chain in chains:
        for value in reading.values(connection, ring, chain):
            if value.value is not None:
                yield value._asdict()


def _lines(path: Path, items: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for item in items:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")


def _parsed(files: dict[str, bytes], name: str) -> Iterator[dict[str, Any]]:
    for line in files.get(name, b"").decode().split("\n"):
        if line:
            yield json.loads(line)


def _read(path: Path) -> dict[str, bytes]:
    names = ("bundle.json", "bundle.sig", *_FILES)
    if path.is_dir():
        return {name: (path / name).read_bytes() for name in names if (path / name).is_file()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in names if name in archive.namelist()}
