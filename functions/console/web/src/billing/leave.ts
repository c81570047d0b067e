/** Away to a page of somebody else: the payment provider, a signed address. */
export function leave(url: string): void {
  location.assign(url);
}
