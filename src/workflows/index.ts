export { consumer } from './consumer';
export { fetchFile } from './fetch-file';
export { job } from './job';
export { limits } from './limits';
export { transfer } from './transfer';
