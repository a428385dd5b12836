/** The moves that the checker makes. */
export interface AccessMoves {
  /** Gives a person access to a thing; answers the id of the grant when it is in force. */
  share(person: string, thing: string): Promise<string>;
  /** Takes it back; resolves when that was answered. */
  revoke(grantId: string): Promise<void>;
  /** Asks whether the person may. */
  may(person: string, thing: string): Promise<boolean>;
}

/** What the checker saw. */
export interface RevokeFindings {
  /** Questions that were put to the test. */
  readonly judged: number;
  /** Denied, though the question began after the grant was answered. */
  readonly lostGrants: number;
  /** Allowed, though the question began after the revocation was answered. */
  readonly staleAllows: number;
}

/**
 * Gives and takes access side by side, with questions between and during each move. A question that overlaps a move may
 * be answered either way; one that begins after a move was answered may not.
 */
export async function checkRevocations(
  moves: AccessMoves,
  { rounds, lanes }: { readonly rounds: number; readonly lanes: number },
): Promise<RevokeFindings> {
  const found = { judged: 0, lostGrants: 0, staleAllows: 0 };
  let left = rounds;
  const lane = async (person: string): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      const thing = `${person}-thing`;
      const [grantId] = await Promise.all([moves.share(person, thing), moves.may(person, thing)]);
      if (!(await moves.may(person, thing))) found.lostGrants += 1;
      await Promise.all([moves.revoke(grantId), moves.may(person, thing)]);
      if (await moves.may(person, thing)) found.staleAllows += 1;
      found.judged += 2;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(`person-${index}`)));
  return found;
}
