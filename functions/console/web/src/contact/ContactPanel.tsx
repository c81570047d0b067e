import type { ContactHead } from "../api/types";
export default function ContactPanel({ head }: { head: ContactHead }) { return <p>{head.name}</p>; }
