"""Tables as LaTeX: compiled where there is a TeX, and read by its rules where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cardioprior.tables import render
from tests.unit.report.page_world import write_tables

COMPILERS = [found for name in ("tectonic", "pdflatex") if (found := shutil.which(name))]
HOSTILE = r"50 % of a_b & c #1 costs $2 {or so} ~ 3^2 \o/ <4 >5 – ± × ≤ ≥ − ° ²"
#: what text may hold: no special character, an escaped one, a command that makes one, a formula
PIECE = r"[^&%$#_{}~^\\]|\\[&%$#_{}]|\\text[a-z]+\{\}|\$[^$&%#]+\$"
TEXT = re.compile(rf"(?:{PIECE})*")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every table, and one of hostile names."""
    fragments = write_tables(tmp_path_factory.mktemp("tables"))
    found = {name: path.with_suffix(".tex").read_text(encoding="utf-8") for name, path in fragments.items()}
    cell = render.Cell(HOSTILE, HOSTILE)
    block = render.Block(HOSTILE, (HOSTILE, "b"), ((HOSTILE, (cell, render.Cell("1", ""))),))
    return {**found, "hostile": render.to_latex("hostile", HOSTILE, {"some_cohort": [block]})}


def cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)&", row)


def test_every_special_character_is_escaped_and_every_row_has_its_columns(sources):
    for name, source in sources.items():
        assert len(re.findall(r"\\begin\{", source)) == len(re.findall(r"\\end\{", source)) > 0, name
        columns = 0
        for line in source.splitlines():
            if found := re.fullmatch(r"\\begin\{tabular\}\{(l+)\}", line):
                columns = len(found[1])
            elif line.endswith(r" \\"):
                assert len(cells(line)) == columns, (name, line)
                assert all(TEXT.fullmatch(cell) for cell in cells(line.removesuffix(r" \\"))), (name, line)
            elif line.startswith(r"\caption{"):
                assert TEXT.fullmatch(line[len(r"\caption{") : -1]) and line.endswith("}"), (name, line)
            else:
                commands = r"(toprule|midrule|bottomrule|centering|label\{[\w:.-]+\}|(begin|end)\{(table|tabular)\})"
                assert line == "" or line.startswith("%") or re.fullmatch(rf"\\{commands}", line), (name, line)
        assert source.isascii(), name


def test_hostile_names_come_out_as_they_are_written(sources):
    (caption,) = re.findall(r"\\caption\{(.*)\}", sources["hostile"])
    assert caption.startswith(
        r"50 \% of a\_b \& c \#1 costs \$2 \{or so\} $\sim$ 3\textasciicircum{}2 \textbackslash{}o/ $<$4 $>$5 --"
    )


@pytest.mark.slow
@pytest.mark.skipif(not COMPILERS, reason="no tectonic or pdflatex on the path: tables are only read, not compiled")
def test_a_document_of_all_tables_compiles(sources, tmp_path: Path):
    body = "\n".join(f"{source}\n\\clearpage" for source in sources.values())
    document = "\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage{booktabs}\n"
    (tmp_path / "all.tex").write_text(f"{document}\\begin{{document}}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    options = ["-interaction=nonstopmode", "-halt-on-error"] if COMPILERS[0].endswith("pdflatex") else []
    done = subprocess.run([COMPILERS[0], *options, "all.tex"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "all.pdf").stat().st_size > 0
