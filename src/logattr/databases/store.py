"""Dated copies of databases and lists on disk.

.. code-block:: text

    <data folder>/                      $LOGATTR_DATA, else the platform's folder for user data
      x4bnet-vpn/                       a source: one of catalog.toml, or a name of the user's own
        2024-02-01/                     the day that the copy describes
          manifest.json                 where it came from, when, its SHA-256, its licence, what it means
          x4bnet-vpn_2024-02-01.txt     the file
          mapping_1a2b3c4d.toml         what the records of a database mean, where nobody knows their kind

A copy exists exactly when its manifest does. The file is written under another name, synced and renamed;
then the manifest is, in one rename. Whoever reads sees the old copy or the new one, and a process that is
killed on the way leaves the old one. Writers wait for each other at a lock that ends with its process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from logattr.databases.catalog import PARSERS, is_source_name
from logattr.errors import OptionError, SourceError
from logattr.networks.classes import LIST_CLASSES

__all__ = ["About", "Copy", "Store", "data_folder"]

_VARIABLE = "LOGATTR_DATA"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20
_LOCK_SECONDS = 120
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file is, as its manifest keeps it; the keys are those of the catalogue.

    Parameters
    ----------
    parser
        ``mmdb``, or a shape of lists.
    class_, provider
        Of a list: what an entry means, and who runs the networks.
    title, about
        What it is, and what it is good for.
    lineage
        Origin; sources of one lineage are one witness. Empty: the file itself.
    licence, licence_url, attribution
        Terms of the data.
    keep_days
        Days that a copy may be kept after a newer one appeared; None: for ever.
    url, etag, last_modified
        Where it came from, and what its server called this edition.
    commit
        Of what was taken from a clone: the commit, its day, and the file.
    mapping
        Of a database that is read through a mapping: the name of that file beside it; set by the store.
    """

    parser: str
    class_: str = ""
    provider: str = ""
    title: str = ""
    about: str = ""
    lineage: str = ""
    licence: str = ""
    licence_url: str = ""
    attribution: str = ""
    keep_days: int | None = None
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    commit: str = ""
    mapping: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of one source.

    Parameters
    ----------
    source
        Name of the source.
    date
        The day that it describes.
    path
        The file.
    about
        What it is.
    sha256, size
        Of the file; its size in bytes.
    fetched_at, checked_at
        When it was stored, and when its server last said that there is nothing newer (UTC).
    build_date
        Day of the build that the file itself states; None when it states none.
    """

    source: str
    date: dt.date
    path: Path
    about: About
    sha256: str
    size: int
    fetched_at: dt.datetime
    checked_at: dt.datetime
    build_date: dt.date | None = None

    @property
    def is_database(self) -> bool:
        """Whether it is a database and not a list."""
        return self.about.parser == "mmdb"

    @property
    def mapping(self) -> Path | None:
        """The mapping that the database is read through; None when it needs none."""
        return self.path.with_name(self.about.mapping) if self.about.mapping else None


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Folder of the copies: ``$LOGATTR_DATA``, else the platform's folder for data of the user.

    Examples
    --------
    >>> data_folder({"LOGATTR_DATA": "data"}).name
    'data'
    """
    if environ.get(_VARIABLE):
        return Path(environ[_VARIABLE])
    from platformdirs import user_data_path

    return user_data_path("logattr", appauthor=False)


@dataclass(frozen=True, slots=True)
class Store:
    """The dated copies below a folder. Asking needs no lock, and a folder that is not there is empty.

    Parameters
    ----------
    root
        The folder; it is made with the first copy.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> store, day = Store(Path(folder.name, "data")), dt.date(2024, 2, 1)
    >>> file = Path(folder.name, "vpn.txt")
    >>> _ = file.write_text("192.0.2.0/24")
    >>> store.add(file, source="ours", date=day, about=About(parser="lines", class_="vpn")).path.name
    'ours_2024-02-01.txt'
    >>> store.nearest("ours", dt.date(2024, 6, 1)).date == store.newest("ours").date == day
    True
    >>> folder.cleanup()
    """

    root: Path
    today: dt.date = field(default_factory=lambda: dt.datetime.now(dt.UTC).date())

    def sources(self) -> tuple[str, ...]:
        """Names of the sources with at least one copy, sorted."""
        return tuple(name for name in sorted(self._folders(self.root)) if self.copies(name))

    def copies(self, source: str) -> tuple[Copy, ...]:
        """Copies of a source that may be used, the oldest first.

        A copy whose licence has run out is not among them, also before it is destroyed.
        """
        found = self._present(source)
        over = {copy.date for copy in self._over(found)}
        return tuple(copy for copy in found if copy.date not in over)

    def newest(self, source: str) -> Copy | None:
        """Newest copy of a source; None when there is none."""
        copies = self.copies(source)
        return copies[-1] if copies else None

    def nearest(self, source: str, day: dt.date) -> Copy | None:
        """Newest copy that is not later than a day; where all are later, the earliest; None without any."""
        copies = self.copies(source)
        before = [copy for copy in copies if copy.date <= day]
        return before[-1] if before else next(iter(copies), None)

    def add(
        self,
        path: str | Path,
        *,
        source: str,
        date: dt.date,
        about: About,
        build_date: dt.date | None = None,
        mapping: Path | None = None,
    ) -> Copy:
        """Store a copy of a file, and its mapping beside it; one of the same source and day is replaced.

        Nothing is checked about the content: see :mod:`logattr.databases.intake`.

        Raises
        ------
        OptionError
            The name cannot be one of a source.
        SourceError
            The file cannot be read, or the store cannot be written.
        """
        _check_name(source)
        path, folder = Path(path), self.root / source / date.isoformat()
        with _explained(self.root, path), self.locked():
            folder.mkdir(parents=True, exist_ok=True)
            before = _read_manifest(folder)
            temporary = folder / f".{os.getpid()}.part"
            about = replace(about, mapping=_keep_mapping(folder, mapping))
            try:
                sha256, size = _copy_file(path, temporary)
                if before and before.sha256 == sha256:
                    name = before.path.name  # the same bytes: only what is known of them changes
                    temporary.unlink()
                else:
                    name = _free_name(folder, source, date, sha256, about)
                    temporary.replace(folder / name)
            finally:
                temporary.unlink(missing_ok=True)
            now = dt.datetime.now(dt.UTC).replace(microsecond=0)
            copy = Copy(source, date, folder / name, about, sha256, size, now, now, build_date)
            _write_manifest(folder, copy)
            # Another process may be about to open the file that was there: it goes with the next change.
            kept = [one for one in (copy, before) if one]
            _sweep(folder, {name for one in kept for name in (one.path.name, one.about.mapping)})
        return copy

    def checked(self, copy: Copy) -> Copy:
        """Note that a copy's server has nothing newer today."""
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with _explained(self.root), self.locked():
            present = _read_manifest(copy.path.parent)
            if present is None or present.sha256 != copy.sha256:
                return copy  # removed or replaced meanwhile
            copy = replace(present, checked_at=now)
            _write_manifest(copy.path.parent, copy)
        return copy

    def remove(self, source: str, date: dt.date | None = None) -> tuple[Copy, ...]:
        """Remove the copy of a day, or all copies of a source; they are returned."""
        _check_name(source)
        with _explained(self.root), self.locked():
            gone = tuple(one for one in self._present(source) if date is None or one.date == date)
            self._delete(gone)
        return gone

    def obey_licences(self) -> tuple[Copy, ...]:
        """Destroy the copies that their licence no longer lets anybody keep; they are returned.

        The GeoLite licence ends the use of a build, and has it destroyed, within 30 days after the next
        one. The newest copy of a source is never touched.
        """
        over = [copy for name in self._folders(self.root) for copy in self._over(self._present(name))]
        if over:
            with _explained(self.root), self.locked():
                self._delete(over)
        return tuple(over)

    def _over(self, copies: tuple[Copy, ...]) -> list[Copy]:
        return [
            copy
            for copy, newer in pairwise(copies)
            if copy.about.keep_days is not None and (self.today - newer.date).days >= copy.about.keep_days
        ]

    def _delete(self, copies: Iterator[Copy] | tuple[Copy, ...] | list[Copy]) -> None:
        for copy in copies:
            folder = copy.path.parent
            (folder / _MANIFEST).unlink(missing_ok=True)  # first: now it is no copy any more
            shutil.rmtree(folder)
            with suppress(OSError):
                folder.parent.rmdir()  # the last one of its source

    def _present(self, source: str) -> tuple[Copy, ...]:
        if not is_source_name(source):
            return ()
        found = (_read_manifest(self.root / source / name) for name in self._folders(self.root / source))
        return tuple(sorted((copy for copy in found if copy), key=lambda copy: copy.date))

    @staticmethod
    def _folders(folder: Path) -> list[str]:
        """Names of the folders in a folder, but for hidden ones; none where it cannot be read."""
        try:
            return [item.name for item in folder.iterdir() if item.name[0] != "." and item.is_dir()]
        except OSError:
            return []

    @contextmanager
    def locked(self, name: str = ".lock", *, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
        """Hold a lock of the store's folder; ``seconds`` below 0 waits as long as it takes.

        Raises
        ------
        SourceError
            Another process holds it all the time.
        """
        from filelock import FileLock, Timeout

        self.root.mkdir(parents=True, exist_ok=True)
        try:
            # The operating system lets go of it when the process ends, however it does.
            with FileLock(self.root / name, timeout=seconds):
                yield
        except Timeout as error:
            raise SourceError(
                f"another process has been writing to {self.root} for {seconds:g} seconds",
                try_="again when it is done",
            ) from error


def _check_name(source: str) -> None:
    if not is_source_name(source):
        raise OptionError(f"the name {source!r} of a source", "small letters, digits and hyphens")


@contextmanager
def _explained(root: Path, path: Path | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if path is not None and error.filename == str(path):
            raise SourceError(f"{path} cannot be read ({reason})", "a readable file") from error
        raise SourceError(
            f"the data folder {root} cannot be written ({reason}); what it holds is as it was",
            "a folder that you may write to, with space left",
            "another one in the variable LOGATTR_DATA",
        ) from error


def _copy_file(source: Path, target: Path) -> tuple[str, int]:
    """Copy bytes to the disk and not only to its cache; SHA-256 and size of what was copied."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            size += write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    return digest.hexdigest(), size


def _keep_mapping(folder: Path, mapping: Path | None) -> str:
    """Put a mapping into a copy's folder, under a name after its content; that name, "" without one."""
    if mapping is None:
        return ""
    temporary = folder / f".{os.getpid()}.toml"
    try:
        sha256, _ = _copy_file(mapping, temporary)
        temporary.replace(folder / (name := f"mapping_{sha256[:8]}.toml"))
    finally:
        temporary.unlink(missing_ok=True)
    return name


def _free_name(folder: Path, source: str, date: dt.date, sha256: str, about: About) -> str:
    ending = ".mmdb" if about.parser == "mmdb" else ".txt"
    name = f"{source}_{date}{ending}"
    return f"{source}_{date}_{sha256[:8]}{ending}" if (folder / name).exists() else name


def _sweep(folder: Path, kept: set[str]) -> None:
    for item in folder.iterdir():
        if item.name != _MANIFEST and item.name not in kept:
            with suppress(OSError):  # Windows does not delete what somebody has open
                item.unlink()


def _write_manifest(folder: Path, copy: Copy) -> None:
    about = {key.rstrip("_"): value for key, value in asdict(copy.about).items()}
    manifest = {
        "manifest": 1,
        "source": copy.source,
        "date": copy.date.isoformat(),
        "file": copy.path.name,
        "sha256": copy.sha256,
        "size": copy.size,
        "build_date": copy.build_date.isoformat() if copy.build_date else None,
        "fetched_at": copy.fetched_at.isoformat(),
        "checked_at": copy.checked_at.isoformat(),
        **about,
    }
    temporary = folder / f".{os.getpid()}.manifest"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
    if os.name == "posix":  # the renames themselves; Windows cannot sync a folder
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _read_manifest(folder: Path) -> Copy | None:
    """The copy in a folder; None when there is none, or what is there is not whole."""
    path = folder / _MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            return None
        copy = _copy_of(folder, values)
        return copy if copy.path.stat().st_size == copy.size else None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _copy_of(folder: Path, values: dict[str, Any]) -> Copy:
    names = [name for name in About.__dataclass_fields__ if name != "keep_days"]
    texts = {name: values.get(name.rstrip("_"), "") for name in names}
    keep_days, file = values.get("keep_days"), values["file"]
    if not all(isinstance(text, str) for text in (*texts.values(), file, values["sha256"])):
        raise TypeError("no text")
    for name in (file, *filter(None, [texts["mapping"]])):
        if name in {"", ".", "..", _MANIFEST} or Path(name).name != name or "\\" in name or "\0" in name:
            raise ValueError("the file lies elsewhere")
    if (values["source"], values["date"]) != (folder.parent.name, folder.name):
        raise ValueError("the manifest of another copy")
    about = About(**texts, keep_days=keep_days)
    if about.parser not in PARSERS or (about.parser != "mmdb" and about.class_ not in LIST_CLASSES):
        raise ValueError("what it is is not known")
    if keep_days is not None and type(keep_days) is not int:
        raise TypeError("no number of days")
    return Copy(
        source=values["source"],
        date=dt.date.fromisoformat(values["date"]),
        path=folder / file,
        about=about,
        sha256=values["sha256"],
        size=int(values["size"]),
        fetched_at=dt.datetime.fromisoformat(values["fetched_at"]),
        checked_at=dt.datetime.fromisoformat(values["checked_at"]),
        build_date=dt.date.fromisoformat(values["build_date"]) if values.get("build_date") else None,
    )
