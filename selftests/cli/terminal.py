#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""vfarb top on a terminal of 80 by 24: what is on the screen, keys, resizing. Needs an accelerator accel0."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

run = 0
failed = 0


def check(name, passed, got=None):
    global run, failed
    run += 1
    if not passed:
        failed += 1
        print(f"# got: {got!r}")
    print(f"{'ok' if passed else 'not ok'} {run} - {name}", flush=True)


class Terminal:
    """As much of a vt100 as ncurses uses for TERM=vt100."""

    def __init__(self, argv, rows=24, columns=80):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ["TERM"] = "vt100"
            os.environ["LC_ALL"] = "C.UTF-8"
            time.sleep(0.5)
            os.execvp(argv[0], argv)
        self.resize(rows, columns)
        self.pending = ""

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.y = self.x = 0
        self.top, self.bottom = 0, self.rows - 1

    def down(self):
        if self.y == self.bottom:
            del self.cells[self.top]
            self.cells.insert(self.bottom, [" "] * self.columns)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def up(self):
        if self.y == self.top:
            del self.cells[self.bottom]
            self.cells.insert(self.top, [" "] * self.columns)
        else:
            self.y = max(self.y - 1, 0)

    def put(self, char):
        if self.x >= self.columns:
            self.x, self.y = 0, self.y + 1
        if self.y < self.rows:
            self.cells[self.y][self.x] = char
        self.x += 1

    def control(self, arguments, final):
        numbers = [int(one) if one.isdigit() else 0 for one in arguments.split(";")]
        first = numbers[0]
        if final in "Hf":
            self.y = min(max(first, 1), self.rows) - 1
            self.x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
        elif final in "ABCD":
            count = max(first, 1)
            self.y += {"A": -count, "B": count}.get(final, 0)
            self.x += {"C": count, "D": -count}.get(final, 0)
        elif final == "r":
            self.top = max(first, 1) - 1
            self.bottom = (numbers[1] if len(numbers) > 1 and numbers[1] else self.rows) - 1
            self.y = self.x = 0
        elif final == "J":
            for row in range(self.y if first == 0 else 0, self.rows):
                begin = self.x if row == self.y and first == 0 else 0
                self.cells[row][begin:] = [" "] * (self.columns - begin)
        elif final == "K":
            begin, end = (0, self.x + 1) if first == 1 else (self.x, self.columns)
            self.cells[self.y][begin:end] = [" "] * (end - begin)

    def feed(self, text):
        self.pending += text
        while self.pending:
            if self.pending[0] == "\033":
                found = re.match(r"\033\[([0-9;?]*)([@-~])|\033[()].|\033[=>78DEHM]|\033#.", self.pending)
                if not found:
                    if len(self.pending) < 20:
                        return
                    self.pending = self.pending[1:]
                    continue
                if found[2]:
                    self.control(found[1], found[2])
                elif found[0] == "\033M":
                    self.up()
                elif found[0] == "\033D":
                    self.down()
                self.pending = self.pending[found.end():]
                continue
            char, self.pending = self.pending[0], self.pending[1:]
            if char == "\r":
                self.x = 0
            elif char == "\n":
                self.down()
            elif char == "\b":
                self.x = max(self.x - 1, 0)
            elif char == "\t":
                self.x = min((self.x // 8 + 1) * 8, self.columns - 1)
            elif char >= " ":
                self.put(char)

    def screen(self):
        return ["".join(row).rstrip() for row in self.cells]

    def until(self, wanted, seconds=30):
        """Reads until WANTED is true of the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.5)[0]:
                try:
                    self.feed(os.read(self.fd, 65536).decode(errors="replace"))
                except OSError:
                    return False
            if wanted(self.screen()):
                return True
        return False

    def key(self, text):
        os.write(self.fd, text.encode())

    def status(self, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        return None


def has(text):
    return lambda screen: any(text in line for line in screen)


def main():
    top = Terminal(["vfarb", "top", "interval", "200ms"])
    check("a table of VFs", top.until(lambda screen: has("accel0/vf2")(screen) and has("q quit")(screen)), top.screen())
    screen = top.screen()
    head = next((line for line in screen if line.startswith("NAME")), "")
    check("all columns in 80", head.split() ==
          "NAME E LABEL VOL SHARE DUE LAG SLIC/s SLICE WAIT STAT".split(), screen)
    check("engines above", screen[0].startswith("accel0/engine0: running"), screen)
    check("a line for each VF and engine", sum(line.startswith("accel0/") and ": " not in line for line in screen) == 8,
          screen)
    check("the last line tells the keys", screen[23].startswith("8 of 8  sort share"), screen)
    top.key(">")
    check("another column to sort by", top.until(has("sort due")), top.screen())
    top.key("r")
    check("in reverse", top.until(has("sort due reversed")), top.screen())
    top.key("/")
    check("a filter is asked for", top.until(has("show only:")), top.screen())
    top.key("vf1\n")
    check("... and obeyed", top.until(lambda screen: has("2 of 2")(screen) and not has("accel0/vf2")(screen)),
          top.screen())
    top.key("/\n")
    check("... until it is empty", top.until(has("8 of 8")), top.screen())
    top.key("h")
    check("help", top.until(has("Any key goes back")), top.screen())
    top.key("x")
    check("... and back", top.until(has("q quit")), top.screen())
    top.resize(10, 60)
    check("a smaller terminal", top.until(lambda screen: re.match("[67] of 8", screen[9])), top.screen())
    top.resize(30, 120)
    check("a larger one", top.until(lambda screen: screen[29].startswith("8 of 8")), top.screen())
    top.key("q")
    status = top.status()
    check("q ends it with status 0", status == 0, status)
    print(f"1..{run}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
