import { Fragment, memo, type ReactNode } from "react";
import { useHost } from "./host";
import { parseRichText, type Block, type Inline } from "./markup";

function inline(nodes: Inline[], nameOf: (id: string) => string): ReactNode[] {
  return nodes.map((node, index) => {
    switch (node.type) {
      case "bold":
        return <strong key={index}>{inline(node.children, nameOf)}</strong>;
      case "italic":
        return <em key={index}>{inline(node.children, nameOf)}</em>;
      case "strike":
        return <s key={index}>{inline(node.children, nameOf)}</s>;
      case "code":
        return <code key={index}>{node.text}</code>;
      case "link":
        return <a key={index} href={node.href} target="_blank" rel="noopener noreferrer nofollow">{node.text}</a>;
      case "mention":
        return <span key={index} className="cv-mention">@{nameOf(node.userId)}</span>;
      default:
        return <Fragment key={index}>{node.text}</Fragment>;
    }
  });
}

function block(one: Block, index: number, all: Block[], nameOf: (id: string) => string): ReactNode {
  if (one.type === "pre") return <pre key={index}>{one.text}</pre>;
  if (one.type === "quote") return <blockquote key={index}>{inline(one.children, nameOf)}</blockquote>;
  const next = all[index + 1];
  return <Fragment key={index}>{inline(one.children, nameOf)}{next?.type === "line" ? "\n" : null}</Fragment>;
}

/** A customer's or a colleague's text with WhatsApp's marks; never as HTML. */
export const RichText = memo(function RichText({ text }: { text: string }) {
  const { users, t } = useHost();
  const nameOf = (id: string) => users.find((user) => user.id === id)?.name ?? t("thread.somebody");
  const blocks = parseRichText(text);
  return <div className="cv-text" dir="auto">{blocks.map((one, index) => block(one, index, blocks, nameOf))}</div>;
});
