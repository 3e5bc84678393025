// Stripe's webhook events for the tests of an app for Node: one `devtool serve --stdio` for a whole test run.
"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
const { program } = require("./program.js");

const PROTOCOL = 1;
const SECRET = "whsec_0123456789abcdef0123456789abcdef";

/** The app did not take an event as it should; the message says which, and how to fix it. */
class WebhookError extends Error {
  constructor(report) {
    super(explanation(report));
    this.name = "WebhookError";
    this.report = report;
  }
}

/** Sends Stripe's events to an app: its URL, or a handler `(Request) => Response`, which needs no port. */
function stripeEvents({ app, secret, path = "/webhook", program: named } = {}) {
  if (typeof app !== "string" && typeof app !== "function") {
    throw new TypeError("`app` has to be a URL or a handler (Request) => Response");
  }
  const signing = secret ?? process.env.STRIPE_WEBHOOK_SECRET ?? SECRET;
  const devtool = new Devtool(named);
  async function run(words, { check = true, ...options } = {}) {
    const isUrl = typeof app === "string";
    const target = isUrl ? ["--url", withPath(app, path)] : ["--path", path];
    const all = [...words, "--secret", signing, "--no-history", ...target, ...flags(options)];
    const report = await devtool.ask(all, isUrl ? null : app);
    if (check && report.exit_code) throw new WebhookError(report);
    return report;
  }
  return {
    secret: signing,
    scenario: (name, options) => run(["scenario", name], options),
    trigger: (event, options) => run(["trigger", event], options),
    audit: (options) => run(["audit"], options),
    close: () => devtool.close(),
  };
}

/** The process, and who waits for what it says. */
class Devtool {
  #named;
  #child;
  #greeted;
  #running = new Map();
  #last = 0;
  // It runs one command at a time.
  #queue = Promise.resolve();

  constructor(named) {
    this.#named = named;
  }

  ask(words, handler) {
    const asked = this.#queue.then(() => this.#run(words, handler));
    this.#queue = asked.catch(() => {});
    return asked;
  }

  async #run(words, handler) {
    await this.#start();
    const id = ++this.#last;
    this.#keepAlive(true);
    try {
      return await new Promise((resolve, reject) => {
        this.#running.set(id, { resolve, reject, handler });
        this.#say({ id, run: words, app: handler !== null });
      });
    } finally {
      this.#running.delete(id);
      this.#keepAlive(false);
    }
  }

  #start() {
    this.#greeted ??= new Promise((resolve, reject) => {
      this.#child = spawn(this.#named ?? program(), ["serve", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
      this.#child.on("error", reject);
      this.#child.stdin.on("error", () => {});
      this.#child.on("exit", (code) => this.#fail(reject, new Error(`devtool has ended: exit code ${code}`)));
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const heard = JSON.parse(line);
        if (heard.protocol === PROTOCOL) resolve();
        else if ("protocol" in heard) reject(new Error(`devtool speaks another protocol: ${line}`));
        else this.#hear(heard);
      });
    });
    return this.#greeted;
  }

  /** A test run ends although devtool waits for more. */
  #keepAlive(isBusy) {
    for (const handle of [this.#child, this.#child.stdin, this.#child.stdout]) handle[isBusy ? "ref" : "unref"]();
  }

  #hear(heard) {
    const [current] = this.#running.values();
    if ("request" in heard) return void this.#answer(heard, current);
    if ("error" in heard) return void current?.reject(new Error(`devtool: ${heard.error}`));
    const { report, exit_code, errors } = heard;
    this.#running.get(heard.id)?.resolve({ ...report, exit_code, errors });
  }

  async #answer({ request, method, path, headers, body, body_base64 }, current) {
    const bytes = body_base64 === undefined ? Buffer.from(body) : Buffer.from(body_base64, "base64");
    let answer;
    try {
      const hasBody = method !== "GET" && method !== "HEAD";
      const kept = headers.filter(([name]) => !["host", "content-length", "connection"].includes(name.toLowerCase()));
      const asked = new Request(`http://localhost${path}`, { method, headers: kept, ...(hasBody && { body: bytes }) });
      const response = await current.handler(asked);
      const text = Buffer.from(await response.arrayBuffer()).toString("base64");
      answer = { status: response.status, headers: [...response.headers], body_base64: text };
    } catch (error) {
      // What is thrown is what it is on a server: a 500. The report shows its text.
      answer = { status: 500, headers: [["content-type", "text/plain"]], body: String(error?.stack ?? error) };
    }
    this.#say({ answer: request, ...answer });
  }

  #say(message) {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #fail(reject, error) {
    reject(error);
    for (const { reject } of this.#running.values()) reject(error);
  }

  async close() {
    if (!this.#child || this.#child.exitCode !== null) return;
    this.#child.ref();
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    await ended;
  }
}

/** Options as words: `orders: 3` is `--orders=3`, and what has several values is said several times. */
function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
    const values = isMap ? Object.entries(value).map(([key, one]) => `${key}=${one}`) : [value].flat();
    return values.flatMap((one) => (one === true ? [option] : one === false || one == null ? [] : [`${option}=${one}`]));
  });
}

function withPath(url, path) {
  return new URL(url).pathname === "/" ? new URL(path, url).href : url;
}

/** What failed, with the hints of devtool. */
function explanation(report) {
  const failed = (results) => (results ?? []).filter(({ verdict }) => verdict === "fail");
  const checks = (report.stories ?? []).flatMap((story) => failed(story.checks));
  const lines = [
    report.errors.trim(),
    ...(report.steps ?? []).filter((step) => step.verdict !== "pass").map(explained),
    ...checks.map((check) => `check ${check.path}${differing(check)}`),
    ...failed(report.audit?.probes).map((probe) => `${probe.title}\n  hint: ${probe.fix}`),
  ].filter(Boolean);
  return lines.join("\n") || `devtool ended with exit code ${report.exit_code}`;
}

function explained(step) {
  const last = step.attempts.at(-1);
  const hint = step.hint ? `\n  hint: ${step.hint.replaceAll("\n", "\n        ")}` : "";
  return `${step.event}: ${last?.status ?? last?.error ?? step.verdict}${differing(step)}${hint}`;
}

function differing({ mismatches }) {
  return mismatches.map(({ what, expected, found }) => `\n  ${what}: expected ${expected}, found ${found}`).join("");
}

module.exports = { stripeEvents, WebhookError };
