/** Pictures of people, or their initials. */
import { h, icon } from "./dom";
import { safeUrl } from "./link";

export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/).filter(Boolean);
  const letter = (word: string | undefined) => [...(word ?? "")][0] ?? "";
  return (letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : "")).toUpperCase();
}

export function face(name: string | undefined, picture: string | undefined): HTMLElement {
  const letters = initials(name ?? "");
  const made = h("span", { class: "face", "aria-hidden": "true" }, letters || icon("chat", 16));
  const src = picture && safeUrl(picture);
  if (src) {
    const image = h("img", { src, alt: "", onerror: () => image.replaceWith(letters || icon("chat", 16)) });
    made.replaceChildren(image);
  }
  return made;
}
