import { leave } from "../core/me";
import { go } from "../core/router";

/** Log out; the next person begins at the first page. Throws ApiError. */
export async function leaveForGood(): Promise<void> {
  await leave();
  go("/");
}
