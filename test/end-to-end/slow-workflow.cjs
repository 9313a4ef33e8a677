'use strict';
// Preloaded into a worker: workflow code takes longer than the SDK's own limit of 5 s, once, as when the process is frozen
// in the middle of it.
const vm = require('node:vm');

const createContext = vm.createContext;
vm.createContext = (...args) => {
  const context = createContext(...args);
  const slowDown = vm.runInContext(
    `(wait) => {
      const then = Promise.prototype.then;
      let calls = 0;
      Promise.prototype.then = function (done, failed) {
        calls += 1;
        const isSlow = calls === 50 && typeof done === 'function';
        return then.call(this, isSlow ? (value) => (wait(), done(value)) : done, failed);
      };
    }`,
    context,
  );
  // Not in the context, whose clock stands still while workflow code runs.
  slowDown(() => {
    for (const end = Date.now() + 6000; Date.now() < end;);
  });
  return context;
};
