"""A small extract of classic ECC tables, made by hand: every number is known.

Order 1001 (two lines, from quotation 2001) is blocked and released, delivered, billed and paid;
order 1002 is delivered, billed, cancelled and billed anew, and still open. Line 20 of order 1002 is
rejected.
"""

from __future__ import annotations

from pathlib import Path

NONE = "00000000"
MAKER = {"ANNA": "A", "BATCH": "B"}


def _row(columns: str, *values: str) -> dict[str, str]:
    return {"MANDT": "100", **dict(zip(columns.split(), values, strict=True))}


def tables() -> dict[str, list[dict[str, str]]]:
    """Return the tables, as SAP holds them: leading zeros, 20240131, 235959."""
    vbak = "VBELN VBTYP AUART ERDAT ERZET ERNAM KUNNR NETWR WAERK VDATU"
    vbap = "VBELN POSNR MATNR KWMENG NETWR WERKS ABGRU VGBEL ERDAT ERZET ERNAM"
    vbep = "VBELN POSNR ETENR EDATU BMENG"
    likp = "VBELN VBTYP ERDAT ERZET ERNAM WADAT_IST VSTEL"
    lips = "VBELN POSNR VGBEL VGPOS MATNR LFIMG"
    vbfa = "VBELV POSNV VBELN POSNN VBTYP_V VBTYP_N ERDAT ERZET ERNAM"
    vbrk = "VBELN VBTYP FKART ERDAT ERZET ERNAM FKDAT KUNRG NETWR MWSBK BUKRS GJAHR SFAKN FKSTO"
    vbrp = "VBELN POSNR VGBEL VGPOS AUBEL AUPOS NETWR"
    bkpf = "BUKRS BELNR GJAHR BLART BUDAT BLDAT CPUDT CPUTM USNAM AWKEY"
    item = "BUKRS GJAHR BELNR BUZEI KUNNR SHKZG DMBTR ZFBDT ZBD1T ZBD2T AUGDT AUGBL"
    head = "OBJECTCLAS OBJECTID CHANGENR USERNAME UDATE UTIME TCODE"
    pos = "OBJECTCLAS OBJECTID CHANGENR TABNAME TABKEY FNAME CHNGIND VALUE_OLD VALUE_NEW"
    o1, o2, q = "0000001001", "0000001002", "0000002001"
    d1, d2 = "0000080001", "0000080002"
    b1, b2, b3, b4 = (f"000009000{n}" for n in (1, 2, 3, 4))
    f1, f2, f3, f4, p = *(f"010000000{n}" for n in (1, 2, 3, 4)), "0140000001"
    return {
        "VBAK": [
            _row(vbak, q, "B", "QT", "20240125", "120000", "ANNA", "0000005001", "100.00", "EUR",
                 NONE),
            _row(vbak, o1, "C", "TA", "20240131", "235959", "ANNA", "0000005001", "100.00", "EUR",
                 "20240205"),
            _row(vbak, o2, "C", "TA", "20240201", "080000", "BATCH", "0000005002", "42.02", "EUR",
                 "20240205"),
        ],
        "VBAP": [
            _row(vbap, o1, "000010", "000000000000000077", "1", "60.00", "W1", "", q, NONE,
                 "000000", ""),
            _row(vbap, o1, "000020", "CABLE-7", "2", "40.00", "W1", "", q, NONE, "000000", ""),
            _row(vbap, o2, "000010", "CABLE-7", "2", "42.02", "W1", "", "", NONE, "000000", ""),
            _row(vbap, o2, "000020", "CABLE-7", "9", "0.00", "W1", "Z1", "", NONE, "000000", ""),
        ],
        "VBEP": [
            _row(vbep, o1, "000010", "0001", "20240203", "1"),
            _row(vbep, o1, "000020", "0001", NONE, "0"),
            _row(vbep, o1, "000020", "0002", "20240204", "2"),
        ],
        "LIKP": [
            _row(likp, d1, "J", "20240202", "090000", "BATCH", "20240202", "S1"),
            _row(likp, d2, "J", "20240205", "090000", "BATCH", "20240206", "S1"),
        ],
        "LIPS": [
            _row(lips, d1, "000010", o1, "000010", "000000000000000077", "1"),
            _row(lips, d1, "000020", o1, "000020", "CABLE-7", "2"),
            _row(lips, d2, "000010", o2, "000010", "CABLE-7", "2"),
        ],
        "VBFA": [
            _row(vbfa, q, "000010", o1, "000010", "B", "C", "20240131", "235959", "ANNA"),
            _row(vbfa, o1, "000010", d1, "000010", "C", "J", "20240202", "090000", "BATCH"),
            _row(vbfa, o1, "000020", d1, "000020", "C", "J", "20240202", "090000", "BATCH"),
            _row(vbfa, o2, "000010", d2, "000010", "C", "J", "20240205", "090000", "BATCH"),
            _row(vbfa, d1, "000010", "0000300001", "000001", "J", "Q", "20240202", "100000",
                 "ANNA"),
            _row(vbfa, d1, "000010", "4900000001", "000001", "J", "R", "20240202", "101500",
                 "ANNA"),
        ],
        "VBRK": [
            _row(vbrk, b1, "M", "F2", "20240203", "020000", "BATCH", "20240202", "0000005001",
                 "100.00", "19.00", "1000", "2024", "", ""),
            _row(vbrk, b2, "M", "F2", "20240207", "020000", "BATCH", "20240207", "0000005002",
                 "42.02", "7.98", "1000", "2024", "", "X"),
            _row(vbrk, b3, "N", "S1", "20240208", "110000", "ANNA", "20240207", "0000005002",
                 "42.02", "7.98", "1000", "2024", b2, ""),
            _row(vbrk, b4, "M", "F2", "20240209", "020000", "BATCH", "20240209", "0000005002",
                 "42.02", "7.98", "1000", "2024", "", ""),
        ],
        "VBRP": [
            _row(vbrp, b1, "000010", d1, "000010", o1, "000010", "60.00"),
            _row(vbrp, b1, "000020", d1, "000020", o1, "000020", "40.00"),
            *(_row(vbrp, b, "000010", d2, "000010", o2, "000010", "42.02") for b in (b2, b3, b4)),
        ],
        "BKPF": [
            _row(bkpf, "1000", f1, "2024", "RV", "20240202", "20240202", "20240203", "020001",
                 "BATCH", b1),
            _row(bkpf, "1000", f2, "2024", "RV", "20240207", "20240207", "20240207", "020001",
                 "BATCH", b2),
            _row(bkpf, "1000", f3, "2024", "RV", "20240207", "20240207", "20240208", "110001",
                 "ANNA", b3),
            _row(bkpf, "1000", f4, "2024", "RV", "20240209", "20240209", "20240209", "020001",
                 "BATCH", b4),
            _row(bkpf, "1000", p, "2024", "DZ", "20240304", "20240304", "20240305", "070000",
                 "BATCH", ""),
        ],
        "BSID": [
            _row(item, "1000", "2024", f4, "001", "0000005002", "S", "50.00", "20240210", "30", "0",
                 NONE, ""),
        ],
        "BSAD": [
            _row(item, "1000", "2024", f1, "001", "0000005001", "S", "119.00", "20240202", "14",
                 "30",
                 "20240305", p),
            _row(item, "1000", "2024", f2, "001", "0000005002", "S", "50.00", "20240207", "30", "0",
                 "20240208", f3),
            _row(item, "1000", "2024", f3, "001", "0000005002", "H", "50.00", "20240207", "0", "0",
                 "20240208", f3),
            _row(item, "1000", "2024", p, "002", "0000005001", "H", "119.00", "20240304", "0", "0",
                 "20240305", p),
        ],
        "CDHDR": [
            _row(head, "VERKBELEG", o1, "0000000001", "BATCH", "20240201", "000005", "VA01"),
            _row(head, "VERKBELEG", o1, "0000000002", "ANNA", "20240201", "093000", "VKM1"),
            _row(head, "VERKBELEG", o2, "0000000003", "ANNA", "20240202", "150000", "VA02"),
        ],
        "CDPOS": [
            _row(pos, "VERKBELEG", o1, "0000000001", "VBUK", f"100{o1}", "CMGST", "U", "", "B"),
            _row(pos, "VERKBELEG", o1, "0000000002", "VBUK", f"100{o1}", "CMGST", "U", "B", "D"),
            _row(pos, "VERKBELEG", o2, "0000000003", "VBAP", f"100{o2}000020", "ABGRU", "U", "",
                 "Z1"),
            _row(pos, "VERKBELEG", o2, "0000000003", "VBAP", f"100{o2}000020", "AEDAT", "U", "",
                 "20240202"),
        ],
        "USR02": [{"BNAME": name, "USTYP": kind} for name, kind in MAKER.items()],
    }  # fmt: skip


def write(
    folder: Path, *, separator: str = ";", lower: bool = False, iso: bool = False,
    without: tuple[str, ...] = (), changed: dict[str, list[dict[str, str]]] | None = None,
) -> Path:  # fmt: skip
    """Write the tables as CSV, in one of the ways that people export them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**tables(), **(changed or {})}.items():
        if name in without:
            continue
        columns = list(rows[0])
        lines = [columns, *([_spelled(c, row[c], iso) for c in columns] for row in rows)]
        if lower:
            lines[0] = [column.lower() for column in columns]
        text = "\n".join(separator.join(line) for line in lines) + "\n"
        file = f"{name.lower()}.txt" if lower else f"{name}.csv"
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def _spelled(column: str, value: str, iso: bool) -> str:
    if not iso or not value.isdigit():
        return value
    if len(value) == 8 and ("DAT" in column or column.endswith("DT") or column == "VALUE_NEW"):
        return "" if value == NONE else f"{value[:4]}-{value[4:6]}-{value[6:]}"
    if len(value) == 6 and column in ("ERZET", "UTIME", "CPUTM"):
        return f"{value[:2]}:{value[2:4]}:{value[4:]}"
    return value
