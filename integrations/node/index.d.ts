import type { EventName, ScenarioName } from "./names";

export type { EventName, ScenarioName };

/** The app: its URL, or a handler as of Next, Hono or Workers, which needs no port. */
export type App = string | ((request: Request) => Response | Promise<Response>);

/** An option of the command: `orders: 3` is `--orders 3`. */
export type Option = string | number | boolean | string[] | Record<string, string | number | boolean>;

export interface Options {
  /** Whether a failure is thrown; it is by default. */
  check?: boolean;
  /** Fields of the events, as with `--set`. */
  set?: Record<string, string | number | boolean>;
  /** How many other orders the events come in. */
  orders?: number;
  /** How many of the events come twice, such as "50%". */
  duplicate?: string;
  seed?: number;
  [option: string]: Option | undefined;
}

/** The JSON report of a run (docs/report.schema.json), and its exit code. */
export interface Report {
  verdict: "pass" | "fail";
  steps: { event: string; event_id: string | null; verdict: string; hint: string | null; [field: string]: unknown }[];
  exit_code: number;
  errors: string;
  [field: string]: unknown;
}

export class WebhookError extends Error {
  report: Report;
}

export interface StripeEvents {
  /** What the events are signed with. */
  secret: string;
  /** Runs a scenario: a name, or the path of a file. */
  scenario(name: ScenarioName | (string & {}), options?: Options): Promise<Report>;
  /** Sends one event. */
  trigger(event: EventName, options?: Options): Promise<Report>;
  /** Tests whether the endpoint is correct and safe. */
  audit(options?: Options): Promise<Report>;
  close(): Promise<void>;
}

export function stripeEvents(options: { app: App; secret?: string; path?: string; program?: string }): StripeEvents;
