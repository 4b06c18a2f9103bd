/** Asks servers that never finish: argv[2] sends nothing, argv[3] stops in the middle of a body. */
import { DEFAULT_TIMEOUT_MS, RegistryClient } from "model-garden-registry-client";

import { told } from "./told.js";

declare const process: { argv: string[] };

const [silent, halting] = process.argv.slice(2);
const deaf = new RegistryClient({ fetch: () => new Promise(() => {}), timeoutMs: 20 });
const patient = new RegistryClient({ baseUrl: silent });
const leaving = new AbortController();
setTimeout(() => leaving.abort("gone"), 20);

console.log(
  JSON.stringify({
    standard: DEFAULT_TIMEOUT_MS,
    client: await told(new RegistryClient({ baseUrl: silent, timeoutMs: 20 }).readHealth()),
    call: await told(patient.readHealth({ timeoutMs: 20 })),
    body: await told(new RegistryClient({ baseUrl: halting }).listModels({}, { timeoutMs: 200 })),
    deaf: await told(deaf.readHealth()),
    left: await told(patient.readHealth({ signal: leaving.signal, timeoutMs: Infinity })),
    before: await told(patient.readHealth({ signal: AbortSignal.abort() })),
    nonsense: await Promise.all([0, -1, NaN].map((timeoutMs) => told(patient.readHealth({ timeoutMs })))),
    unlimited: await told(new RegistryClient({ fetch: async () => new Response("{}"), timeoutMs: Infinity }).readHealth()),
  }),
);
