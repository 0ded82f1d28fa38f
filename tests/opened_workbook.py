"""What is inside an Excel file that the toolkit has written."""

import io
import zipfile

from invented_document import document
from lxml import etree

from reports.documents.document import Section
from reports.documents.workbook import workbook

MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}


def parts(content):
    """Return the parts of the file by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of_one(*blocks, **changes):
    """Return a workbook with a summary and *blocks*."""
    sections = (Section("s", "S", ()), Section("t", "T", blocks))
    return workbook(document(sections=sections, **changes))


def cells(content, sheet):
    """Return the cells of a sheet as (reference, type, value), strings looked up."""
    files = parts(content)
    book = etree.fromstring(files["xl/workbook.xml"])
    names = [item.get("name") for item in book.iterfind(".//m:sheet", MAIN)]
    strings = [
        "".join(item.itertext())
        for item in etree.fromstring(files["xl/sharedStrings.xml"]).iterfind("m:si", MAIN)
    ]
    tree = etree.fromstring(files[f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"])
    found = {}
    for item in tree.iterfind(".//m:c", MAIN):
        value = item.findtext("m:v", None, MAIN)
        if value is not None:
            text = item.get("t") == "s"
            found[item.get("r")] = strings[int(value)] if text else float(value)
    return found
