import { RegistryError } from "model-garden-registry-client";

/** Return the facts of the error that a call rejects with; what it answers if it does not, or the name of another error. */
export async function told(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call };
  } catch (error) {
    if (!(error instanceof RegistryError) || error.message !== error.detail) {
      return String(error);
    }
    const { kind, status, detail, close, isTimeout, isNetwork } = error;
    return { kind, status, detail, close, isTimeout, isNetwork };
  }
}
