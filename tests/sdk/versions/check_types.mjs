// Holds webhook deliveries against the types of the official Stripe library for Node of an API version.
//
//     node check_types.mjs VERSION < deliveries
//
// VERSION is one of the names in package.json. Reads JSON lines from stdin, each with the raw body of a
// delivery as `body`. The objects of all events whose type the library knows are compiled as literals of its
// types, so that each field has to be known, there unless it is optional, and of its type. Prints a line per
// finding, and how much was checked. Exit code 1 if there are findings.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const version = process.argv[2];
const home = dirname(fileURLToPath(import.meta.url));
const library = join(home, 'node_modules', version);
const declarations = ['esm/stripe.esm.node.d.ts', 'types/index.d.ts']
  .map((file) => join(library, file))
  .find((file) => existsSync(file));
// Before dahlia the library took decimals for text; since then they are a class of its own.
const hasDecimals = existsSync(join(library, 'esm/Decimal.d.ts'));

// What Stripe delivers, and no type lists.
const EXTRA_FIELDS = {
  charge: ['destination', 'dispute', 'order'],
  dispute: ['balance_transaction'],
  list: ['total_count'],
  subscription: ['plan', 'quantity'],
};

// What no type says: the preview of an invoice has no id, and Stripe's documentation shows a charge before
// its transfer with null.
const AS_DOCUMENTED = [/^invoice\.upcoming : Property 'id'/, /^charge\.\w+ transfer: Type 'null'/];

/** The value as TypeScript. */
function literal(value, name = '') {
  if (hasDecimals && typeof value === 'string' && /_decimal$|^metric_tons/.test(name)) {
    return 'decimal';
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => literal(item)).join(', ')}]`;
  }
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value);
  }
  const extra = EXTRA_FIELDS[value.object] ?? [];
  const members = Object.entries(value).filter(([key]) => !extra.includes(key));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${literal(item, key)}`).join(', ')}}`;
}

/** The event as a declaration of its library's type, on a line of its own. */
function declaration(event, index) {
  const object = literal(event.data.object);
  return `const _${index}: Of<${JSON.stringify(event.type)}> = ${object};`;
}

const PRELUDE = [
  "import Stripe from 'stripe';",
  'declare const decimal: any;',
  'type Of<T extends string> = Extract<Stripe.Event, {type: T}>["data"]["object"];',
];

/** Compiles a text in memory. */
function compiled(text) {
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    paths: { stripe: [declarations] },
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    typeRoots: [join(home, 'node_modules/@types')],
    types: ['node'],
  };
  const name = join(home, 'events.ts');
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name
      ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
      : getSourceFile(file, ...rest);
  // The older libraries declare the module `stripe`, which has to be named to be seen.
  return ts.createProgram([declarations, name], options, host);
}

/** Where in its event's object a diagnosis points. */
function pathOf(file, start) {
  let node = file.getFullText().length > start ? ts.getTokenAtPosition(file, start) : file;
  const path = [];
  for (; node && !ts.isVariableStatement(node); node = node.parent) {
    if (ts.isPropertyAssignment(node)) {
      path.unshift(JSON.parse(node.name.getText(file)));
    }
  }
  return path.join('.');
}

/** The names in `Stripe.Event`. */
function knownTypes() {
  const program = compiled([...PRELUDE, 'declare const types: Stripe.Event["type"];'].join('\n'));
  const checker = program.getTypeChecker();
  const [statement] = program.getSourceFile(join(home, 'events.ts')).statements.slice(-1);
  const type = checker.getTypeAtLocation(statement.declarationList.declarations[0]);
  return new Set((type.types ?? [type]).map((member) => member.value));
}

const events = [];
for await (const line of createInterface({ input: process.stdin })) {
  events.push(JSON.parse(JSON.parse(line).body));
}
const known = knownTypes();
const checked = events.filter((event) => known.has(event.type));
const program = compiled([...PRELUDE, ...checked.map(declaration)].join('\n'));
const file = program.getSourceFile(join(home, 'events.ts'));
const findings = new Set();
for (const diagnosis of ts.getPreEmitDiagnostics(program)) {
  const line = diagnosis.file ? diagnosis.file.getLineAndCharacterOfPosition(diagnosis.start).line : 0;
  const event = checked[line - PRELUDE.length];
  const what = ts.flattenDiagnosticMessageText(diagnosis.messageText, ' ').replace(/\s+/g, ' ');
  const where = event ? `${event.type} ${pathOf(file, diagnosis.start)}` : diagnosis.file?.fileName;
  const finding = `${where}: ${what}`;
  if (!AS_DOCUMENTED.some((documented) => documented.test(finding))) {
    findings.add(finding);
  }
}
for (const finding of findings) {
  console.log(finding);
}
console.log(`checked ${checked.length} events, ${findings.size} findings`);
process.exitCode = findings.size ? 1 : 0;
