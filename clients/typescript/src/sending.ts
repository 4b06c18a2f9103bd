import { RegistryError, isObject, parsed, refusal } from "./errors.js";

/** How long a call may take unless it, or the client, says otherwise: milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/** The longest time that a timer of JavaScript can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Options of one call. */
export interface CallOptions {
  /** Ends the call early: it rejects with a `RegistryError` of kind `aborted`, whose `cause` is the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long the whole reply may take, in milliseconds; `Infinity` for no limit. The client's own by default. */
  timeoutMs?: number | undefined;
}

/** A request, and what it needs of the client. */
export interface Sending extends CallOptions {
  fetch: typeof fetch;
  timeoutMs: number;
}

/**
 * Send a request; return the document that the reply holds.
 *
 * @throws RegistryError Whatever the reason.
 */
export async function send(url: string, init: RequestInit, sending: Sending): Promise<object> {
  const { status, isOk, text } = await exchange(url, init, sending);
  if (!isOk) {
    throw refusal(status, text);
  }
  const body = parsed(text);
  if (!isObject(body) || Array.isArray(body)) {
    throw new RegistryError(`the reply is no JSON object: ${url}`, { kind: "reply", status, body });
  }
  return body;
}

interface Exchange {
  status: number;
  isOk: boolean;
  text: string;
}

async function exchange(url: string, init: RequestInit, { fetch, signal, timeoutMs }: Sending): Promise<Exchange> {
  if (!(timeoutMs > 0)) {
    throw new RegistryError(`timeoutMs is more than 0: ${timeoutMs}`, { kind: "question" });
  }
  const aborted = (): RegistryError => new RegistryError("the call was aborted", { kind: "aborted", cause: signal?.reason });
  if (signal?.aborted) {
    throw aborted();
  }
  const controller = new AbortController();
  let end = (_: RegistryError): void => {};
  const ended = new Promise<never>((_, reject) => {
    end = (error) => {
      reject(error);
      controller.abort(error);
    };
  });
  const abort = (): void => end(aborted());
  const expire = (): void => end(new RegistryError(`no reply within ${timeoutMs} ms: ${url}`, { kind: "timeout" }));
  const timer = timeoutMs <= LONGEST_MS ? setTimeout(expire, timeoutMs) : undefined;
  signal?.addEventListener("abort", abort);
  try {
    const reply = received(fetch, url, { ...init, signal: controller.signal });
    return await Promise.race([ended, reply]); // a given fetch may ignore its signal
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function received(fetch: Sending["fetch"], url: string, init: RequestInit): Promise<Exchange> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, isOk: response.ok, text: await response.text() };
  } catch (cause) {
    throw new RegistryError(`no reply from ${url}: ${reasonOf(cause)}`, { kind: "network", cause });
  }
}

/** Return what an error says; Node.js says what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
