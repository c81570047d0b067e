import type { Tag } from "../api/types";

/** Colours that a tag may have, in the order in which they are offered. */
export const COLOURS = ["teal", "blue", "green", "amber", "red", "pink", "gray"] as const;

export function colourOf(tag: Pick<Tag, "color">): string {
  return (COLOURS as readonly string[]).includes(tag.color) ? tag.color : "gray";
}

export function tagLabel(tag: Pick<Tag, "emoji" | "name">): string {
  return tag.emoji ? `${tag.emoji} ${tag.name}` : tag.name;
}

export function TagPill({ tag }: { tag: Tag }) {
  return <span className="tag" data-colour={colourOf(tag)}><span>{tagLabel(tag)}</span></span>;
}
