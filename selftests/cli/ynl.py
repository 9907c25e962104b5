#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel tree's own YAML client against the netlink contract: get, set, dump, refusal, notifications.

Run in a guest with an accelerator accel0 with a PF and three VFs. Names the folder of the client.
"""

import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE / "ynl"
SPEC = CLIENT / "Documentation/netlink/specs/vfarb.yaml"

sys.path.insert(0, str(CLIENT))
from lib import NlError, YnlFamily  # noqa: E402  pylint: disable=wrong-import-position

run = 0
failed = 0


def check(name, passed, got=None):
    global run, failed
    run += 1
    if not passed:
        failed += 1
        print(f"# got: {got}")
    print(f"{'ok' if passed else 'not ok'} {run} - {name}", flush=True)


def refused(family, operation, values, flags=None):
    """The attribute and words of a refusal, or None."""
    try:
        family.do(operation, values, flags)
    except NlError as error:
        message = error.nl_msg
        return error.error, message.extack or {}
    return None


def notifications(family, wanted, seconds=20):
    """What is told until WANTED says yes."""
    end = time.monotonic() + seconds
    seen = []
    while time.monotonic() < end:
        family.check_ntf()
        try:
            while True:
                seen.append(family.async_msg_queue.pop(0) if isinstance(family.async_msg_queue, list)
                            else family.async_msg_queue.get_nowait())
                if wanted(seen[-1]):
                    return seen
        except Exception:  # pylint: disable=broad-except
            # Empty: its kind depends on the queue.
            time.sleep(0.2)
    return seen


def main():
    family = YnlFamily(str(SPEC))

    accel = family.do("accel-get", {"index": 0})
    check("get an accelerator", accel["engines"] == 2 and accel["vfs"] == 4 and accel["class"] == "slice", accel)
    engines = family.dump("engine-get", {})
    check("dump engines", [(one["index"], one["policy"]) for one in engines] ==
          [(0, "least-time"), (1, "least-time")], engines)
    vfs = family.dump("vf-get", {"accel": 0, "want-stats": True})
    check("dump VFs", [one["fn"] for one in vfs] == [0, 1, 2, 3], vfs)
    check("... with a seat at each engine", all([seat["engine"] for seat in one["seat"]] == [0, 1] for one in vfs), vfs)
    vf = family.do("vf-get", {"accel": 0, "fn": 2})
    check("get a VF", vf["priority"] == "normal" and vf["slice-ns"] == 2000000, vf)

    listener = YnlFamily(str(SPEC))
    listener.ntf_subscribe("config")
    family.do("vf-set", {"accel": 0, "fn": 2, "volume": 100, "priority": "high", "label": "by ynl"})
    vf = family.do("vf-get", {"accel": 0, "fn": 2})
    check("set a VF", (vf["volume"], vf["priority"], vf["label"]) == (100, "high", "by ynl"), vf)
    family.do("engine-set", {"accel": 0, "index": 1, "policy": "round-robin", "cycle-ns": 50000000})
    seen = notifications(listener, lambda one: one["name"] == "engine-ntf")
    check("changes are told", [one["name"] for one in seen] == ["vf-ntf", "engine-ntf"], seen)
    check("... with what there is now", seen and seen[0]["msg"]["volume"] == 100 and
          seen[-1]["msg"]["policy"] == "round-robin", seen)

    answer = refused(family, "vf-set", {"accel": 0, "fn": 2, "slice-ns": 3000000, "volume": 900})
    check("a refusal", answer and answer[0] == 34, answer)
    check("... says why", answer and answer[1].get("msg") == "volume 900 is not in 1..250", answer)
    check("... names the attribute", answer and answer[1].get("bad-attr") == ".volume", answer)
    vf = family.do("vf-get", {"accel": 0, "fn": 2})
    check("... changes nothing", (vf["volume"], vf["slice-ns"]) == (100, 2000000), vf)
    answer = refused(family, "vf-get", {"accel": 0, "fn": 9})
    check("a VF that is not there", answer and answer[0] == 19, answer)
    answer = refused(family, "vf-get", {"accel": 0})
    check("an attribute that is missing", answer and answer[0] == 22 and
          "fn is missing" in answer[1].get("msg"), answer)

    before = family.do("config-get", {})["generation"]
    after = family.do("config-set", {"generation": before, "vf": [
        {"accel": 0, "fn": 1, "volume": 300}, {"accel": 0, "fn": 3, "volume": 200}]})["generation"]
    check("many at once", after > before, (before, after))
    answer = refused(family, "config-set", {"generation": before, "vf": [{"accel": 0, "fn": 1, "volume": 1}]})
    check("a generation that is over", answer and answer[0] == 116, answer)
    same = family.do("config-set", {"validate-only": True, "vf": [{"accel": 0, "fn": 1, "volume": 1}]})["generation"]
    check("to validate changes nothing", same == after, (same, after))

    command = [sys.executable, str(CLIENT / "cli.py"), "--spec", str(SPEC), "--dump", "accel-get"]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    check("cli.py itself", output.returncode == 0 and "'index': 0" in output.stdout, output)
    print(f"1..{run}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
