#!/usr/bin/env node
import { createProcessIo } from './program/process-io';
import { run } from './program/run';

const { io, ended, leave } = createProcessIo();
void Promise.race([run(process.argv.slice(2), io), ended]).then(leave);
