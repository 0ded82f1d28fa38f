"""Excel workbooks for tests, written part by part: the smallest that a spreadsheet opens."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@dataclass(frozen=True)
class Stamp:
    """A date cell: days since 1899-12-30."""

    days: float


@dataclass(frozen=True)
class Formula:
    """A formula with the value that the spreadsheet last computed."""

    text: str
    value: float


def sheet_xml(rows: list[list[object]]) -> str:
    """Return a sheet with these rows; None is an empty cell."""
    lines = []
    for at, row in enumerate(rows, 1):
        cells = [_cell(f"{chr(65 + i)}{at}", value) for i, value in enumerate(row)]
        lines.append(f'<row r="{at}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Stamp):
        return f'<c r="{name}" s="1"><v>{value.days!r}</v></c>'
    if isinstance(value, Formula):
        return f'<c r="{name}"><f>{escape(value.text)}</f><v>{value.value}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{name}"><v>{value!r}</v></c>'
    if str(value).startswith("#"):
        return f'<c r="{name}" t="e"><v>{value}</v></c>'
    return f'<c r="{name}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def write(path: Path, sheets: dict[str, list[list[object]] | str]) -> Path:
    """Write a workbook; a sheet is its rows, or its XML."""
    names = list(sheets)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>'
            for i, name in enumerate(names, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        + f'<Relationship Id="r0" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    for i, sheet in enumerate(sheets.values(), 1):
        text = sheet if isinstance(sheet, str) else sheet_xml(sheet)
        parts[f"xl/worksheets/s{i}.xml"] = text
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path
