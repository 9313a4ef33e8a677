#!/usr/bin/env node
import { createProcessIo } from './process-io';
import { run } from './run';

const { io, ended, leave } = createProcessIo();
void Promise.race([run(process.argv.slice(2), io), ended]).then(leave);
