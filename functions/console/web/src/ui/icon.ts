/** How an icon beside words is drawn. */
export const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;
/** How an icon alone is drawn. */
export const ICON_LARGE = { size: 20, strokeWidth: 1.75, "aria-hidden": true } as const;
