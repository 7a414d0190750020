"""Text files end in one newline and their lines in no blanks; files that do not are mended."""

import sys
from pathlib import Path


def main(paths: list[str]) -> int:
    """Mend the named files; 1 if there was anything to mend."""
    changed = False
    for path in map(Path, paths):
        before = path.read_bytes()
        lines = before.replace(b"\r\n", b"\n").split(b"\n")
        after = b"\n".join(line.rstrip(b" \t") for line in lines).rstrip(b"\n")
        after += b"\n" if after else b""
        if after != before:
            changed = True
            print(f"{path}: mended")
            path.write_bytes(after)
    return int(changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
