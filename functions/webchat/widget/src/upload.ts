/** Puts a file where the server said. Not by fetch, which tells nothing about its progress. */
import type { UploadTicket } from "./protocol";

export interface Upload { done: Promise<void>; stop: () => void }
export type Uploader = (ticket: UploadTicket["upload"], file: Blob, progress: (share: number) => void) => Upload;

export const upload: Uploader = (ticket, file, progress) => {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(new Error(`upload ${request.status}`)));
    request.onerror = request.onabort = () => reject(new Error("upload"));
  });
  request.open(ticket.method, ticket.url);
  Object.entries(ticket.headers ?? {}).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.send(file);
  return { done, stop: () => request.abort() };
};

/** Why a file cannot be sent, if it cannot. */
export function refusal(file: { size: number; type: string; name: string }, limits: { file_bytes: number; file_types: string[] }): "file_empty" | "file_too_big" | "file_type" | undefined {
  if (file.size === 0) return "file_empty";
  if (file.size > limits.file_bytes) return "file_too_big";
  const type = file.type || "application/octet-stream";
  const fits = limits.file_types.length === 0 || limits.file_types.some((one) => one === "*/*" || one === type || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))));
  return fits ? undefined : "file_type";
}
