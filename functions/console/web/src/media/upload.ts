/** Puts a file into storage by the address that the API signs for it. */
import type { ConversationApi } from "../thread/host";

export class UploadError extends Error {
  /** 0 when the storage was not reached. */
  constructor(readonly status: number) {
    super(`upload answered ${status}`);
  }
}

export interface UploadInput {
  blob: Blob;
  name: string;
  mime: string;
}

/** Uploads and completes; returns the file's id. `onProgress` gets shares from 0 to 1. */
export async function uploadFile(
  api: Pick<ConversationApi, "createUpload" | "completeUpload">,
  file: UploadInput,
  onProgress: (share: number) => void,
): Promise<string> {
  const slot = await api.createUpload({ name: file.name, mime_type: file.mime, size: file.blob.size });
  await put(slot.url, slot.method, slot.headers, file.blob, onProgress);
  await api.completeUpload(slot.fileId);
  return slot.fileId;
}

/** `XMLHttpRequest`, since `fetch` tells nothing of an upload's progress. */
function put(url: string, method: string, headers: Record<string, string>, body: Blob, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let shown = 0;
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      const share = event.lengthComputable ? event.loaded / event.total : 0;
      // Every twentieth is enough for the eye.
      if (share - shown < 0.05) return;
      shown = share;
      onProgress(share);
    };
    request.onload = () => (request.status < 300 ? resolve() : reject(new UploadError(request.status)));
    request.onerror = () => reject(new UploadError(0));
    request.send(body);
  });
}
