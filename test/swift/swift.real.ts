import { startRealSwift } from './support/real-swift';
import { conformanceSuite } from './support/suite';

const swift = startRealSwift({ SWIFT_CLIENT_TIMEOUT: '3' });

afterAll(() => swift?.end());

if (swift === null) {
  process.stderr.write(
    '\n*** SKIPPED: no OpenStack Swift on this machine, so nothing was compared with it. ***\n' +
      '*** As root on Debian: test/swift/start.sh --install                          ***\n\n',
  );
  test.skip('a real Swift (SKIPPED: its packages are not installed; see test/swift/start.sh --install)', () =>
    undefined);
} else {
  conformanceSuite('a real Swift', () => swift);
}
