import { unusedProxy } from '../../src/lib/unused-proxy';

test('A proxy that is set is found by the name of its variable, an empty one is none', () => {
  expect(unusedProxy({})).toBeNull();
  expect(unusedProxy({ HTTPS_PROXY: '' })).toBeNull();
  expect(unusedProxy({ https_proxy: 'http://proxy.example:3128' })).toBe('https_proxy');
});
