/** Turns a conversation, oldest first, into the rows that are drawn. */
import type { Activity, Comment, Message, TimelineItem } from "./model";
import { dayOf } from "./zone";

/** Messages of one author within this time of the run's first share one time label. */
export const RUN_MS = 3 * 60_000;
/** More consecutive events than this are folded into one line. */
export const FOLD_OVER = 3;

/**
 * A row that is drawn. The first row of a day carries the day: a row of its own would move away from under the
 * reader when an older page turns out to begin the same day earlier.
 */
export type Row = { key: string; day?: { name: string; at: number } } & (
  | { kind: "message"; message: Message; first: boolean; last: boolean }
  | { kind: "comment"; comment: Comment }
  | { kind: "event"; activity: Activity }
  | { kind: "events"; activities: Activity[]; open: boolean }
  | { kind: "unread"; count: number }
);

export interface GroupingOptions {
  zone?: string | undefined;
  /** Keys of folded events that the reader has opened. */
  opened?: ReadonlySet<string>;
  /** Leave events out altogether. */
  hideEvents?: boolean;
  /** Older items are still to come: whether the first row begins its day is not known yet. */
  moreBefore?: boolean;
  /** Show "new from here" before this message. */
  unreadFrom?: { id: number; count: number } | undefined;
}

function authorOf(message: Message): string {
  return `${message.traffic}|${message.sender.source}|${message.sender.user_id ?? ""}|${message.contact_channel_id}`;
}

/** Whether `message` continues the run that `first` began and `previous` is part of. */
function continues(first: Message | undefined, message: Message): boolean {
  return first !== undefined && authorOf(first) === authorOf(message) && Math.abs(message.at - first.at) <= RUN_MS;
}

class RowBuilder {
  readonly rows: Row[] = [];
  private day = "";
  private newDay: Row["day"];
  private runFirst: Message | undefined;
  private lastMessage: Extract<Row, { kind: "message" }> | undefined;
  private events: Activity[] = [];

  constructor(private readonly options: GroupingOptions) {}

  add(item: TimelineItem): void {
    if (item.item === "activity") {
      if (this.options.hideEvents) return;
      this.startDay(item.at);
      this.events.push(item);
      this.endRun();
      return;
    }
    this.startDay(item.at);
    this.flushEvents();
    if (item.item === "comment") {
      this.endRun();
      this.push({ kind: "comment", key: item.client_key ?? `c${item.id}`, comment: item });
    } else {
      this.addMessage(item);
    }
  }

  finish(): Row[] {
    this.flushEvents();
    this.endRun();
    return this.rows;
  }

  private addMessage(message: Message): void {
    const mark = this.options.unreadFrom;
    if (mark && mark.id === message.id) {
      this.endRun();
      this.push({ kind: "unread", key: "unread", count: mark.count });
    }
    const first = !continues(this.runFirst, message);
    if (first) {
      this.endRun();
      this.runFirst = message;
    } else if (this.lastMessage) {
      this.lastMessage.last = false;
    }
    this.lastMessage = { kind: "message", key: keyOf(message), message, first, last: true };
    this.push(this.lastMessage);
  }

  private startDay(at: number): void {
    const day = dayOf(at, this.options.zone);
    if (day === this.day) return;
    this.flushEvents();
    this.endRun();
    const unknown = this.day === "" && this.options.moreBefore === true;
    this.day = day;
    if (!unknown) this.newDay = { name: day, at };
  }

  private push(row: Row): void {
    if (this.newDay) row.day = this.newDay;
    this.newDay = undefined;
    this.rows.push(row);
  }

  private endRun(): void {
    this.runFirst = undefined;
    this.lastMessage = undefined;
  }

  private flushEvents(): void {
    const activities = this.events;
    this.events = [];
    if (activities.length <= FOLD_OVER) {
      for (const activity of activities) this.push({ kind: "event", key: `a${activity.id}`, activity });
      return;
    }
    // The key is that of the newest event, which stays when older pages lengthen the fold.
    const key = `f${activities.at(-1)?.id ?? 0}`;
    this.push({ kind: "events", key, activities, open: this.options.opened?.has(key) ?? false });
  }
}

/** The drawing key of a message: that of its client's draft for as long as this page lives, so that confirming it redraws nothing. */
export function keyOf(message: Message): string {
  return message.client_key ?? `m${message.id}`;
}

/** Rows of a conversation whose items are oldest first. */
export function groupTimeline(items: readonly TimelineItem[], options: GroupingOptions = {}): Row[] {
  const builder = new RowBuilder(options);
  for (const item of items) builder.add(item);
  return builder.finish();
}
