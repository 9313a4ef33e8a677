import { expiryCases } from './cases-expiry';
import { getCases } from './cases-get';
import { putCases } from './cases-put';
import { Talk, type Subject } from './subject';

/** Cases that were observed with a real Swift. Every TempURL storage has to pass them. */
export function conformanceSuite(name: string, subject: () => Subject): void {
  describe(`TempURL storage as observed: ${name}`, () => {
    let talk: Talk;
    beforeEach(() => {
      talk = new Talk(subject());
    });
    putCases(() => talk);
    getCases(() => talk);
    expiryCases(() => talk);
  });
}
