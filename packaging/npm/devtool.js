#!/usr/bin/env node
// The `devtool` command of the npm package: runs the program of this system's package, as if it had been called itself.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { program } = require("./program.js");

/** What a terminal sends to the whole group of processes, so that the program has it already. */
const SENT_BY_TERMINALS = ["SIGINT", "SIGHUP", "SIGQUIT"];

/** Hands signals on; it has to be there before the program is, which may have one at once. */
function forward(child) {
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const signals = process.platform === "win32" ? ["SIGINT", "SIGBREAK"] : [...SENT_BY_TERMINALS, "SIGTERM"];
  for (const signal of signals) {
    // A second signal ends devtool at once, so it must not have one twice. On Windows the console sends them.
    const hasIt = process.platform === "win32" || (onTerminal && SENT_BY_TERMINALS.includes(signal));
    process.on(signal, () => hasIt || child().kill(signal));
  }
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exitCode = 1;
}

let path;
try {
  path = program();
} catch (error) {
  fail(error.message);
}
if (path) {
  let child;
  forward(() => child);
  child = spawn(path, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
  child.on("error", (error) => {
    process.removeAllListeners();
    fail(`cannot run ${path}\n  cause: ${error.message}`);
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : code;
    // Handlers of signals would keep node alive.
    process.removeAllListeners();
  });
}
