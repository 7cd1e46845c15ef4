// @ts-check
// Members found by the beginning of their names, after a short pause; an older question is given up.
import { useEffect, useState } from 'preact/hooks';

import { findMembers } from '../store/members.js';

/** @typedef {import('../store/types.js').Member} Member */

const PAUSE_MS = 180;
const FEW = 8;

/**
 * @param {string} id @param {string} name nothing is asked while it is empty
 * @param {{ whole?: boolean }} [options] `whole` pages through all of them, otherwise the first few do
 * @returns {{ members: Member[], cursor: string | null, loading: boolean, more: () => Promise<void> }}
 */
export function useFoundMembers(id, name, { whole = false } = {}) {
  const typed = name.trim();
  const [page, setPage] = useState(/** @type {{ typed: string, members: Member[], cursor: string | null }} */ ({ typed: '', members: [], cursor: null }));
  useEffect(() => {
    if (!typed) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      const answer = await findMembers(id, typed, whole ? {} : { limit: FEW }, controller.signal).catch(() => ({ results: [], next_cursor: null }));
      if (!controller.signal.aborted) setPage({ typed, members: answer.results, cursor: answer.next_cursor });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [id, typed]);
  const more = async () => {
    const answer = await findMembers(id, page.typed, { cursor: page.cursor });
    setPage((now) => (now === page ? { ...now, members: [...now.members, ...answer.results], cursor: answer.next_cursor } : now));
  };
  // What was found for fewer letters stands until the next answer, as far as it still fits.
  const fits = typed.startsWith(page.typed) && page.typed !== '';
  const near = page.typed === typed ? page.members : page.members.filter(({ user }) => [user.display_name, user.username].some((each) => each.toLowerCase().startsWith(typed.toLowerCase())));
  return { members: fits ? near : [], cursor: page.typed === typed ? page.cursor : null, loading: !!typed && page.typed !== typed && !near.length, more };
}
