"""Makes matplotlib's SVG fit to stand in a page: colours of the page, ids of its own, nothing that is not drawn."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

NAMESPACE = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
POINTED_AT = re.compile(r"#([\w.-]+)\)")
FAMILY = re.compile(r"font-family: [^;]*; ?")


def embedded(drawing: str, prefix: str, colours: Mapping[str, str], label: str) -> str:
    """Return an SVG element for a page.

    Args:
        drawing: What matplotlib wrote.
        prefix: Goes before every id, so that those of two charts differ.
        colours: By the colour with which it was drawn, in lower case, the CSS value that stands for it.
        label: What a screen reader says instead of the picture.
    """
    root = ET.fromstring(drawing)  # noqa: S314 - the same
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{NAMESPACE}}}metadata", f"{{{NAMESPACE}}}style"):
                parent.remove(child)
    used = _pointed_at(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        _rename(element, used, prefix)
        style = element.get("style")
        if style is not None:
            element.set("style", _styled(style, colours))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode")


def _pointed_at(root: ET.Element) -> frozenset[str]:
    used = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == HREF:
                used.add(value.removeprefix("#"))
            used.update(POINTED_AT.findall(value))
    return frozenset(used)


def _rename(element: ET.Element, used: frozenset[str], prefix: str) -> None:
    own = element.attrib.pop("id", None)
    if own in used:
        element.set("id", f"{prefix}{own}")
    target = element.attrib.pop(HREF, None)
    if target is not None:
        element.set("href", f"#{prefix}{target.removeprefix('#')}")
    clip = element.get("clip-path")
    if clip is not None:
        element.set("clip-path", clip.replace("url(#", f"url(#{prefix}"))


def _styled(style: str, colours: Mapping[str, str]) -> str:
    """Return a style with the page's colours, and in the page's font."""
    for drawn, shown in colours.items():
        style = style.replace(drawn, shown)
    return FAMILY.sub("", style)
