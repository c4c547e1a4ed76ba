"""Container image references: `registry:port/name:tag@sha256:digest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlhooks.formats.dependency import Context, Dependency, Kind

if TYPE_CHECKING:
    from mlhooks.formats.fragment import Fragment


def image(
    place: Fragment,
    *,
    origin: str,
    context: Context = Context.COMMAND,
    group: str = "",
    reference: str | None = None,
) -> Dependency:
    """The record of an image: `name` without tag and digest, `ref` the tag ("" for none), `hashes` its digest.

    `reference` is the text with variables filled in, when that is not what stands at `place`.
    """
    text = (place.text if reference is None else reference).strip().removeprefix("docker://")
    name, _, digest = text.partition("@")
    host, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")  # a colon before the last slash belongs to a port
    return Dependency(
        Kind.IMAGE,
        f"{host}{slash}{base}",
        place.source.path,
        place.location(),
        context=context,
        origin=origin,
        group=group,
        hashes=(digest,) if digest else (),
        url=text,
        ref=tag,
        statement=place.offset(0),
        text=text,
    )
