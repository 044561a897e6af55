"""`python -m tests.wording`: checks the prose of this tree by CONTRIBUTING.md, "Terms and wording".

`--all FILE ...` shows all findings of these files, or of the tree. `--shrink` writes the list of old files.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.wording import check, exemptions, page

ROOT = Path(__file__).parents[2]


def tracked_files(root: Path) -> list[str]:
    """The checked files that Git knows or would add; deleted ones are left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted({path for path in listed if check.is_checked(path) and (root / path).is_file()})


def report(found: dict[str, list[check.Finding]], exempt: dict[str, int]) -> list[str]:
    """The lines of output of a check; empty if all is well."""
    counts = {path: len(findings) for path, findings in found.items()}
    lines = []
    for path, findings in found.items():
        if len(findings) > exempt.get(path, 0):
            lines += [str(finding) for finding in findings]
            if path in exempt:
                lines.append(f"{path}: {len(findings)} findings, and the list of old files allows {exempt[path]}.")
    stale = exemptions.complaints(exempt, counts)
    if stale:
        lines += [*stale, "Run `python -m tests.wording --shrink`, or `make fmt`, and commit the list."]
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.wording", description=__doc__)
    parser.add_argument("--all", action="store_true", help="show the findings of listed files, too")
    parser.add_argument("--shrink", action="store_true", help="write the list of old files; it may not grow")
    parser.add_argument("files", nargs="*", help="only these files; paths from the root of the tree")
    options = parser.parse_args(arguments)
    rules = page.parse((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    paths = options.files or tracked_files(ROOT)
    found = {path: check.findings(path, (ROOT / path).read_text("utf-8"), rules) for path in paths}
    exempt = exemptions.parse(exemptions.LIST.read_text("utf-8")) if exemptions.LIST.exists() else None
    if options.shrink and not options.files:
        try:
            new = exemptions.shrunk(exempt, {path: len(findings) for path, findings in found.items()})
        except exemptions.ListGrowsError as e:
            print(e, file=sys.stderr)
            return 1
        exemptions.LIST.write_text(exemptions.render(new), "utf-8")
        print(f"{exemptions.LIST.name}: {len(new)} files with {sum(new.values())} findings.", file=sys.stderr)
        return 0
    listed = (
        {} if options.all else {path: n for path, n in (exempt or {}).items() if path in paths or not options.files}
    )
    lines = report(found, listed)
    if lines:
        print("\n".join(lines))
        print(f'{len(lines)} lines of findings. CONTRIBUTING.md, "Terms and wording", has the rules.', file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
