/** What merging asks of the API and gets from it. */
import type { ContactHead, Profile } from "../api/types";

export type Side = "primary" | "secondary";

export interface Conflict { field: string; primary: string; secondary: string }
export interface Detail { head: ContactHead; profile: Profile }
export interface Preview { primary: Detail; secondary: Detail; conflicts: Conflict[]; result: Detail; closes_conversation: boolean }
export interface Suggestion { contact: ContactHead; value: string }
