/*
 * A libnvidia-ml.so.1 that tells what a scenario says.
 *
 * NVML_SCENARIO names the scenario, a text file; README.md explains its lines. NVML_RECORD names a file to which every
 * call is appended, one name a line. Layouts are those of nvml.h. Functions that are not here answer "not supported":
 * the build makes them from the names that nvidia-ml-py knows.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))

enum { SUCCESS = 0, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, UNINITIALIZED = 1, INVALID_ARGUMENT = 2 };
enum { TEXT = 128, MOST_GPUS = 16, MOST_SLICES = 8, MOST_PROCESSES = 8, MOST_FAULTS = 16 };

typedef struct {
    char function[TEXT]; /* or * for each */
    char action[TEXT];
    long number;
} Fault;

typedef struct {
    unsigned pid;
    unsigned long long used;
    char name[TEXT];
    int draws;
} Process;

typedef struct Device {
    char name[TEXT], uuid[TEXT], pci[TEXT];
    unsigned long long total, free, reserved;
    int major, minor;
    long ecc; /* -1: the part has none */
    int mig;  /* -1: the part has no such mode */
    unsigned gpu_instance, compute_instance;
    int slice_index;
    Process processes[MOST_PROCESSES];
    int process_count;
    unsigned crowd;
    Fault faults[MOST_FAULTS];
    int fault_count;
    struct Device *slices[MOST_SLICES], *parent;
    int slice_count;
} Device;

typedef struct {
    unsigned version;
    unsigned long long total, reserved, free, used;
} MemoryV2;

typedef struct {
    unsigned long long total, free, used;
} Memory;

typedef struct {
    char legacy[16];
    unsigned domain, bus, device, id, subsystem;
    char bus_id[32];
} Pci;

typedef struct {
    unsigned pid;
    unsigned long long used;
    unsigned gpu_instance, compute_instance;
} ProcessInfo;

static struct {
    char driver[TEXT];
    int cuda;
    long count; /* -1: as many as are described */
    Device *gpus[MOST_GPUS];
    int gpu_count;
    Device machine; /* faults that are of no device */
} scenario;

static int starts;   /* of NVML that were not ended */
static int is_garbled; /* whether the call that runs garbles its text */

/* ---- the scenario ---- */

static unsigned long long size_of(const char *text) {
    char *unit;
    unsigned long long size = strtoull(text, &unit, 10);
    return strstr(unit, "MiB") ? size << 20 : size;
}

static Device *new_device(const char *name, Device *parent) {
    Device *device = calloc(1, sizeof *device);
    strcpy(device->name, name);
    device->ecc = device->mig = -1;
    device->parent = parent;
    if (parent) {
        device->slice_index = parent->slice_count;
        parent->slices[parent->slice_count++] = device;
        device->major = parent->major;
        device->minor = parent->minor;
    } else {
        scenario.gpus[scenario.gpu_count++] = device;
    }
    return device;
}

static void add_fault(Device *device, const char *text) {
    Fault *fault = &device->faults[device->fault_count++];
    char number[TEXT] = "0";
    sscanf(text, "%127s %127s %127[^\n]", fault->function, fault->action, number);
    fault->number = strtol(number, NULL, 10);
}

static void add_process(Device *device, const char *text, int draws) {
    Process *process = &device->processes[device->process_count++];
    char used[TEXT];
    sscanf(text, "%u %127s %127[^\n]", &process->pid, used, process->name);
    process->used = strcmp(used, "unknown") ? size_of(used) : ~0ULL;
    process->draws = draws;
}

/* Read `word value` into the scenario, or into the device that was begun last. */
static Device *read_line(const char *word, const char *value, Device *device) {
    Device *gpu = device && device->parent ? device->parent : device;
    if (!strcmp(word, "gpu")) return new_device(value, NULL);
    if (!strcmp(word, "slice")) return new_device(value, gpu);
    if (!strcmp(word, "driver")) strcpy(scenario.driver, value);
    else if (!strcmp(word, "cuda")) scenario.cuda = atoi(value);
    else if (!strcmp(word, "count")) scenario.count = atol(value);
    else if (!strcmp(word, "fault")) add_fault(device ? device : &scenario.machine, value);
    else if (!strcmp(word, "uuid")) strcpy(device->uuid, value);
    else if (!strcmp(word, "pci")) strcpy(device->pci, value);
    else if (!strcmp(word, "capability")) sscanf(value, "%d.%d", &device->major, &device->minor);
    else if (!strcmp(word, "total")) device->total = size_of(value);
    else if (!strcmp(word, "free")) device->free = size_of(value);
    else if (!strcmp(word, "reserved")) device->reserved = size_of(value);
    else if (!strcmp(word, "ecc")) device->ecc = atol(value);
    else if (!strcmp(word, "mig")) device->mig = !strcmp(value, "on");
    else if (!strcmp(word, "instances")) sscanf(value, "%u %u", &device->gpu_instance, &device->compute_instance);
    else if (!strcmp(word, "computes")) add_process(device, value, 0);
    else if (!strcmp(word, "draws")) add_process(device, value, 1);
    else if (!strcmp(word, "crowd")) device->crowd = strtoul(value, NULL, 10);
    else { fprintf(stderr, "scenario: no such word: %s\n", word); exit(70); }
    return device;
}

static int begin(const char *function, Device *device);

__attribute__((constructor)) static void read_scenario(void) {
    const char *path = getenv("NVML_SCENARIO");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[1024], word[TEXT], value[TEXT];
    Device *device = NULL;
    scenario.count = -1;
    while (file && fgets(line, sizeof line, file)) {
        value[0] = 0;
        if (sscanf(line, " %127s %127[^\n]", word, value) < 1 || word[0] == '#') continue;
        device = read_line(word, value, device);
    }
    if (file) fclose(file);
    begin("load", NULL);
}

/* ---- what every call begins with ---- */

static void record(const char *function) {
    const char *path = getenv("NVML_RECORD");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s\n", function);
    fclose(file);
}

static int act(const Fault *fault) {
    if (!strcmp(fault->action, "returns")) return (int)fault->number;
    if (!strcmp(fault->action, "garbles")) is_garbled = 1;
    if (!strcmp(fault->action, "waits")) sleep((unsigned)fault->number);
    if (!strcmp(fault->action, "prints")) { puts("a driver's own talk"); fflush(stdout); }
    if (!strcmp(fault->action, "aborts")) abort();
    if (!strcmp(fault->action, "exits")) _exit((int)fault->number);
    if (!strcmp(fault->action, "crashes")) { signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); }
    return SUCCESS;
}

static int faults_of(const Device *device, const char *function) {
    for (int i = 0; i < device->fault_count; i++) {
        const Fault *fault = &device->faults[i];
        if (strcmp(fault->function, function) && strcmp(fault->function, "*")) continue;
        int code = act(fault);
        if (code) return code;
    }
    return SUCCESS;
}

/* Note the call and do what the scenario has against it; give what the function has to return at once, or success. */
static int begin(const char *function, Device *device) {
    record(function);
    is_garbled = 0;
    int code = faults_of(&scenario.machine, function);
    return code || !device ? code : faults_of(device, function);
}

#define BEGIN(device) \
    do { \
        int code = begin(__func__, device); \
        if (!code && starts < 1) code = UNINITIALIZED; \
        if (code) return code; \
    } while (0)

static int put(char *buffer, unsigned length, const char *text) {
    if (is_garbled) text = "NVIDIA \xff\xfe";
    if (strlen(text) >= length) return INSUFFICIENT_SIZE;
    strcpy(buffer, text);
    return SUCCESS;
}

/* What the build makes of functions that are not in this file. */
API int stand_in_unsupported(const char *function) {
    int code = begin(function, NULL);
    return code ? code : NOT_SUPPORTED;
}

/* ---- NVML ---- */

API int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    int code = begin(__func__, NULL);
    if (!code) starts++;
    return code;
}

API int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

API int nvmlShutdown(void) {
    BEGIN(NULL);
    starts--;
    return SUCCESS;
}

API const char *nvmlErrorString(int code) {
    static char text[TEXT];
    begin(__func__, NULL);
    snprintf(text, sizeof text, is_garbled ? "\xff" : "error %d of the stand-in", code);
    return text;
}

API int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    BEGIN(NULL);
    return put(version, length, scenario.driver);
}

API int nvmlSystemGetCudaDriverVersion(int *version) {
    BEGIN(NULL);
    *version = scenario.cuda;
    return SUCCESS;
}

API int nvmlSystemGetCudaDriverVersion_v2(int *version) {
    BEGIN(NULL);
    *version = scenario.cuda;
    return SUCCESS;
}

API int nvmlSystemGetProcessName(unsigned pid, char *name, unsigned length) {
    BEGIN(NULL);
    for (int i = 0; i < scenario.gpu_count; i++)
        for (int p = 0; p < scenario.gpus[i]->process_count; p++)
            if (scenario.gpus[i]->processes[p].pid == pid && scenario.gpus[i]->processes[p].name[0])
                return put(name, length, scenario.gpus[i]->processes[p].name);
    return NOT_FOUND;
}

API int nvmlDeviceGetCount_v2(unsigned *count) {
    BEGIN(NULL);
    *count = scenario.count < 0 ? (unsigned)scenario.gpu_count : (unsigned)scenario.count;
    return SUCCESS;
}

API int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device **handle) {
    BEGIN(index < (unsigned)scenario.gpu_count ? scenario.gpus[index] : NULL);
    if (index >= (unsigned)scenario.gpu_count) return INVALID_ARGUMENT;
    *handle = scenario.gpus[index];
    return SUCCESS;
}

API int nvmlDeviceGetIndex(Device *device, unsigned *index) {
    BEGIN(device);
    for (unsigned i = 0; i < (unsigned)scenario.gpu_count; i++)
        if (scenario.gpus[i] == device) return *index = i, SUCCESS;
    return *index = (unsigned)device->slice_index, SUCCESS;
}

API int nvmlDeviceGetName(Device *device, char *name, unsigned length) {
    BEGIN(device);
    return put(name, length, device->name);
}

API int nvmlDeviceGetUUID(Device *device, char *uuid, unsigned length) {
    BEGIN(device);
    return put(uuid, length, device->uuid);
}

API int nvmlDeviceGetPciInfo_v3(Device *device, Pci *info) {
    BEGIN(device);
    memset(info, 0, sizeof *info);
    sscanf(device->pci, "%x:%x:%x", &info->domain, &info->bus, &info->device);
    put(info->legacy, sizeof info->legacy, strlen(device->pci) > 4 ? device->pci + 4 : "");
    return put(info->bus_id, sizeof info->bus_id, device->pci);
}

API int nvmlDeviceGetCudaComputeCapability(Device *device, int *major, int *minor) {
    BEGIN(device);
    *major = device->major;
    *minor = device->minor;
    return SUCCESS;
}

API int nvmlDeviceGetMemoryInfo(Device *device, Memory *memory) {
    BEGIN(device);
    *memory = (Memory){device->total, device->free, device->total - device->free};
    return SUCCESS;
}

API int nvmlDeviceGetMemoryInfo_v2(Device *device, MemoryV2 *memory) {
    BEGIN(device);
    if (memory->version != (sizeof *memory | 2u << 24)) return 25; /* argument version mismatch */
    memory->total = device->total;
    memory->reserved = device->reserved;
    memory->free = device->free;
    memory->used = device->total - device->free - device->reserved;
    return SUCCESS;
}

API int nvmlDeviceGetTotalEccErrors(Device *device, int kind, int counter, unsigned long long *count) {
    BEGIN(device);
    if (device->ecc < 0) return NOT_SUPPORTED;
    *count = kind == 1 && counter == 0 ? (unsigned long long)device->ecc : 0;
    return SUCCESS;
}

API int nvmlDeviceGetMigMode(Device *device, unsigned *current, unsigned *pending) {
    BEGIN(device);
    if (device->mig < 0) return NOT_SUPPORTED;
    *current = *pending = (unsigned)device->mig;
    return SUCCESS;
}

API int nvmlDeviceIsMigDeviceHandle(Device *device, unsigned *is_mig) {
    BEGIN(device);
    *is_mig = device->parent != NULL;
    return SUCCESS;
}

API int nvmlDeviceGetMaxMigDeviceCount(Device *device, unsigned *count) {
    BEGIN(device);
    *count = device->mig > 0 ? MOST_SLICES - 1 : 0;
    return SUCCESS;
}

API int nvmlDeviceGetMigDeviceHandleByIndex(Device *device, unsigned index, Device **slice) {
    BEGIN(device);
    if (index >= (unsigned)device->slice_count) return NOT_FOUND;
    int code = faults_of(device->slices[index], __func__);
    *slice = device->slices[index];
    return code;
}

API int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device *slice, Device **device) {
    BEGIN(slice);
    if (!slice->parent) return INVALID_ARGUMENT;
    *device = slice->parent;
    return SUCCESS;
}

API int nvmlDeviceGetGpuInstanceId(Device *slice, unsigned *id) {
    BEGIN(slice);
    *id = slice->gpu_instance;
    return SUCCESS;
}

API int nvmlDeviceGetComputeInstanceId(Device *slice, unsigned *id) {
    BEGIN(slice);
    *id = slice->compute_instance;
    return SUCCESS;
}

static int list(const Device *device, int draws, unsigned *count, ProcessInfo *infos) {
    unsigned found = 0, room = *count;
    for (unsigned i = 0; !draws && i < device->crowd; i++, found++)
        if (infos && found < room) infos[found] = (ProcessInfo){i + 1, 0, ~0u, ~0u};
    for (int i = 0; i < device->process_count; i++) {
        if (device->processes[i].draws != draws) continue;
        if (infos && found < room)
            infos[found] = (ProcessInfo){device->processes[i].pid, device->processes[i].used, ~0u, ~0u};
        found++;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

API int nvmlDeviceGetComputeRunningProcesses_v3(Device *device, unsigned *count, ProcessInfo *infos) {
    BEGIN(device);
    return list(device, 0, count, infos);
}

API int nvmlDeviceGetGraphicsRunningProcesses_v3(Device *device, unsigned *count, ProcessInfo *infos) {
    BEGIN(device);
    return list(device, 1, count, infos);
}
