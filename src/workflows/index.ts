export { consumer } from './consumer';
export { fetchFile } from './fetch-file';
export { job } from './job';
export { limits } from './limits';
export { launcher } from './launcher';
export { notices } from './notices';
export { transfer } from './transfer';
