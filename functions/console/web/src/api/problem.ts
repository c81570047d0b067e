/** Refusals of the API in the reader's words. */
import { ApiError } from "./client";

type T = (key: string, args?: Record<string, string>) => string;

/** One sentence for a refusal; `otherwise` is the key where nothing better is known. */
export function problemText(error: unknown, t: T, otherwise: string): string {
  if (!(error instanceof ApiError)) return t(otherwise);
  if (error.status === 0) return t("session.unreachable");
  const key = `error.${error.code}`;
  const words = t(key);
  return words === key ? t(otherwise) : words;
}

/** The code that the API gave for a field, by its JSON pointer. */
export function codeAt(error: unknown, pointer: string): string | undefined {
  return error instanceof ApiError ? error.errors.find((one) => one.pointer === pointer)?.code : undefined;
}
