// Where the program for this system is.
"use strict";

const { optionalDependencies } = require("./package.json");

/** The path of the program: `DEVTOOL_BINARY`, or that of this system's package. */
function program() {
  if (process.env.DEVTOOL_BINARY) return process.env.DEVTOOL_BINARY;
  const system = `${process.platform}-${process.arch}`;
  const name = `@devtool-stripe/${system}`;
  if (!(name in optionalDependencies)) {
    const known = Object.keys(optionalDependencies).map((one) => one.split("/")[1]);
    throw new Error(
      `there is no devtool for ${system}, only for ${known.join(", ")}\n` +
        "  hint: build it with `cargo install devtool-stripe`, and name it in DEVTOOL_BINARY",
    );
  }
  try {
    return require.resolve(`${name}/bin/devtool${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    throw new Error(
      `the package ${name} is missing, which has devtool for this system\n` +
        "  cause: optional dependencies were left out, or node_modules was made on another system\n" +
        "  hint: remove node_modules, and run `npm install --include=optional`",
    );
  }
}

module.exports = { program };
