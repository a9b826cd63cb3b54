"""Data files, damaged and made up at random: each is read, or refused in one line; no trace, no hang, nothing written.

Seeded: the same files on every machine. They are read in one process with a limit of memory.
"""

import bz2
import gzip
import json
import lzma
import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from planning import REPO

NUMBER, SEED = 500, 17
READER = """
import os, resource, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
folder = Path(sys.argv[2])
import pyarrow.parquet, datasets, huggingface_hub.repocard, datasets.data_files
from datasets import load_dataset_builder
from mixdistill.data.files import rows
from mixdistill.errors import UserError
from mixdistill.data import arrow, folders
import tempfile
os.chdir(folder)
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 3 * 2**29, held + 3 * 2**29))
watched = []
def watch(event, given):
    if event == "open" and watched and isinstance(given[0], str):
        place, flags = os.path.realpath(given[0]), given[2] if isinstance(given[2], int) else 0
        if not place.startswith((str(folder), "/etc/")):
            return
        inside = place.startswith(os.path.realpath(watched[0]))
        if not inside or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            print("OPENED", place, flags, flush=True)
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        print("WENT OUT", event, given, flush=True)
sys.addaudithook(watch)
for name in sorted(os.listdir()):
    if name == "outside.jsonl":
        continue
    start, watched[:] = time.process_time(), [name]
    try:
        said = f"{sum(1 for _ in rows(Path(name), {}))} rows"
    except UserError as error:
        said = "TWO LINES" if chr(10) in str(error) else f"refused: {str(error)[:200]}"
    except BaseException as error:
        said = f"TRACE {type(error).__name__}: {error}"
    taken = time.process_time() - start
    print(f"{name}: {'SLOW ' if taken > 5 else ''}{said}", flush=True)
"""

VALUES = [None, True, 0, -1, 1e308, 10**30, "", "x" * 3000, "\ud800", [], {}, [[[]]], {"a": {"a": 1}}, "nan", [1, "a"]]
ROW = {"id": 1, "problem": "1+1?", "answer": "2", "messages": [{"role": "user", "content": "?"}], "x": [0.5]}


def raw_rows(rng):
    """Some rows, a few of them with odd values."""
    made = [{**ROW, "id": number} for number in range(rng.randint(0, 30))]
    for row in rng.sample(made, len(made) // 4):
        row[rng.choice([*row, "y"])] = rng.choice(VALUES)
    return made


def as_lines(rng):
    return "".join(json.dumps(row) + "\n" for row in raw_rows(rng)).encode()


def as_array(rng):
    return json.dumps(raw_rows(rng), indent=rng.choice([None, 1])).encode()


def as_table(rng):
    sign = rng.choice(",;\t")
    return "".join(
        sign.join(rng.choice(["a", "1", '"x', '"a,b"', ""]) for _ in range(4)) + "\n" for _ in range(9)
    ).encode()


def table(rng):
    import pyarrow as pa

    columns = {"id": range(20), "problem": ["p" * rng.randint(0, 9)] * 20, "answer": [0.5] * 20}
    kinds = {"id": pa.int64(), "problem": pa.string(), "answer": rng.choice([pa.float32(), pa.float64()])}
    columns["m"] = [[{"role": "user", "content": "x" * number}] for number in range(20)]
    return pa.table({name: pa.array(list(values), kinds.get(name)) for name, values in columns.items()})


def as_parquet(rng):
    from pyarrow.parquet import write_table

    made = BytesIO()
    how = {
        "compression": rng.choice(["snappy", "zstd", "gzip", "none"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
    }
    write_table(table(rng), made, **how, row_group_size=rng.choice([7, 100]), use_dictionary=rng.random() < 0.5)
    return made.getvalue()


def as_arrow(rng):
    import pyarrow as pa

    made, content = BytesIO(), table(rng)
    writer = pa.ipc.new_file if rng.random() < 0.3 else pa.ipc.new_stream
    with writer(made, content.schema) as file:
        file.write_table(content)
    return made.getvalue()


KINDS = {
    "jsonl": as_lines,
    "json": as_array,
    "csv": as_table,
    "tsv": as_table,
    "parquet": as_parquet,
    "arrow": as_arrow,
}
PACKINGS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def hurt(rng, content):
    """Content with some bytes changed, moved, doubled or cut."""
    made = bytearray(content)
    for _ in range(rng.choice([0, 1, 1, 2, 8])):
        at, to = sorted(rng.randint(0, len(made)) for _ in range(2))
        match rng.randrange(7):
            case 0:
                made[at:to] = b""
            case 1:
                made[at : at + 1] = bytes([rng.randrange(256)])
            case 2:
                made[at:at] = made[at:to]
            case 3:
                made[at : at + 4] = rng.choice([b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff\xff\xff\xff", bytes(4)])
            case 4:
                made[at:at] = rng.choice(
                    [b"[" * 3000, b'{"a":' * 500, b"\0" * 99, b'"', b"\n", b"\xff\xfe", b"\xe2\x80\xa8"]
                )
            case 5:
                del made[to:]
            case 6 if made:
                made[at : at + 1] = bytes([made[min(at, len(made) - 1)] ^ 1 << rng.randrange(8)])
    return bytes(made)


PLACES = [
    "*.jsonl",
    "../outside.jsonl",
    "/etc/passwd",
    "**",
    "train.jsonl",
    "ftp://127.0.0.1:9/x",
    "a::b",
    "",
    "[",
    7,
    None,
    ["x"],
]


def card(rng):
    """A card whose subsets may be anything."""
    subset = {
        "config_name": rng.choice(["default", "a", 1, None, ""]),
        "data_files": rng.choice([*PLACES, {"train": "*"}]),
    }
    subset |= rng.choice(
        [{}, {"data_dir": rng.choice(PLACES)}, {"features": rng.choice(VALUES[3:])}, {"sep": ";"}, {"field": "a"}]
    )
    said = {
        "configs": rng.choice([[subset], [subset, subset], subset, None, [None]]),
        "dataset_info": rng.choice([{}, [], 1, "x"]),
    }
    return f"---\n{yaml.safe_dump(said)}---\n# Card\n".encode()


def folder(rng, place):
    """A folder as on the hub, or one of save_to_disk, damaged or not."""
    place.mkdir()
    if rng.random() < 0.35:
        state = {
            "_data_files": [{"filename": rng.choice(["data.arrow", "../outside.jsonl", "x", 1])}],
            "_split": rng.choice([None, "a", 3]),
        }
        (place / "state.json").write_bytes(
            hurt(rng, json.dumps(state).encode()) if rng.random() < 0.5 else json.dumps(state).encode()
        )
        (place / "dataset_info.json").write_text("{}")
        (place / "data.arrow").write_bytes(hurt(rng, as_arrow(rng)))
        if rng.random() < 0.3:
            splits = {"splits": rng.choice([["."], [".."], ["a"], "x", None, [1]])}
            (place / "dataset_dict.json").write_text(json.dumps(splits))
        return
    (place / "README.md").write_bytes(hurt(rng, card(rng)) if rng.random() < 0.3 else card(rng))
    for name in rng.sample(
        ["train.jsonl", "test.csv", "data.parquet", "train-00000-of-00002.json", "x.arrow", "a.png"], 2
    ):
        (place / name).write_bytes(hurt(rng, KINDS.get(name.rpartition(".")[2], as_lines)(rng)))
    if rng.random() < 0.2:
        (place / "link.jsonl").symlink_to(rng.choice(["../outside.jsonl", "/etc", "train.jsonl", ".", "nowhere"]))
    if rng.random() < 0.1:
        (place / "dataset_infos.json").write_bytes(hurt(rng, b'{"default": {"features": {}, "splits": {}}}'))


def fill(place):
    """Make all files; returns how many."""
    place.mkdir()
    (place / "outside.jsonl").write_text('{"problem": "outside"}\n')
    for number in range(NUMBER):
        rng = random.Random(f"{SEED} {number}")
        kind = rng.choice([*KINDS, *KINDS, "folder", "folder", "folder", "folder"])
        if kind == "folder":
            folder(rng, place / f"{number:03}")
            continue
        content, name = hurt(rng, KINDS[kind](rng)), f"{number:03}.{kind}"
        if rng.random() < 0.3:
            ending = rng.choice([*PACKINGS])
            content, name = PACKINGS[ending](content), f"{name}.{ending}"
            content = hurt(rng, content) if rng.random() < 0.5 else content
        (place / name).write_bytes(content)


@pytest.mark.slow
def test_data_files_at_random_are_read_or_refused_in_one_line(tmp_path):
    place = tmp_path / "fuzz"
    fill(place)
    before = sorted(str(path) for path in Path(tmp_path).rglob("*"))
    command = [sys.executable, "-c", READER, str(REPO / "workflow" / "scripts"), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    lines = done.stdout.splitlines()
    bad = [line for line in lines if any(word in line for word in ("TRACE", "TWO LINES", "SLOW", "OPENED", "WENT OUT"))]
    assert not bad, "\n".join(bad)
    assert len(lines) == NUMBER, done.stderr[-2000:]
    assert sum("refused" in line for line in lines) > NUMBER // 4
    assert sum(line.endswith("rows") for line in lines) > NUMBER // 10
    assert sorted(str(path) for path in Path(tmp_path).rglob("*")) == before
