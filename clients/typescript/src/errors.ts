/**
 * Why a call has no answer:
 *
 * - `question`: the call is invalid, such as an id that no model can have; nothing was sent.
 * - `status`: the server refused, with an HTTP status.
 * - `timeout`: no complete reply in time.
 * - `aborted`: the caller's signal ended the call.
 * - `network`: the server cannot be reached, or the connection broke.
 * - `reply`: the reply is none of the registry's: something else answered.
 */
export type ErrorKind = "question" | "status" | "timeout" | "aborted" | "network" | "reply";

/** What is known of an error beside its sentence. */
export interface ErrorFacts {
  kind: ErrorKind;
  status?: number;
  body?: unknown;
  cause?: unknown;
}

/** A call without an answer: every method rejects with this class alone. `detail` says why, in one sentence. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly kind: ErrorKind;
  readonly detail: string;
  /** HTTP status code, if the server replied. */
  readonly status: number | undefined;
  /** What the server sent: a document with `detail`, or text if something else answered. */
  readonly body: unknown;
  /** Ids, settings, GPUs or keys that may have been meant. */
  readonly close: readonly string[];

  constructor(detail: string, { kind, status, body, cause }: ErrorFacts) {
    super(detail, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.detail = detail;
    this.status = status;
    this.body = body;
    this.close = closeNames(body);
  }

  /** Whether the reply did not come in time. */
  get isTimeout(): boolean {
    return this.kind === "timeout";
  }

  /** Whether the server could not be reached, or the connection broke. */
  get isNetwork(): boolean {
    return this.kind === "network";
  }
}

/** Return the error of a reply whose status is none of success. */
export function refusal(status: number, text: string): RegistryError {
  const body = parsed(text);
  return new RegistryError(detailOf(body) ?? `HTTP ${status}`, { kind: "status", status, body });
}

/** Return what a text is as JSON, else the text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function detailOf(body: unknown): string | undefined {
  const detail = isObject(body) ? body["detail"] : undefined;
  if (Array.isArray(detail)) {
    return detail.map((part) => (isObject(part) ? `${[part["loc"]].flat().join(".")}: ${part["msg"]}` : "")).join("; ");
  }
  return typeof detail === "string" ? detail : undefined;
}

function closeNames(body: unknown): readonly string[] {
  const close = isObject(body) ? body["close"] : undefined;
  return Array.isArray(close) ? close.filter((name) => typeof name === "string") : [];
}

/** Return whether a value has keys. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
