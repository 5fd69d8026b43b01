#pragma once

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <string.h>

// libcurl takes options through variadic functions and macros, which Swift does not import.

static inline CURLcode mail_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode mail_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode mail_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode mail_set_body(CURL *handle, curl_mime *value) {
    return curl_easy_setopt(handle, CURLOPT_MIMEPOST, value);
}
static inline CURLcode mail_start_library(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

// How far the talk with the server has come, and its last answer: what tells a message that was certainly not taken from
// one that may have been.
typedef struct {
    int named;  // the sender was named: what is said from here on is about the message
    int begun;  // a byte of the message has left
    int ended;  // QUIT was said: what is answered from here on is about nothing
    int reply;  // the server's answer to what was said last; 0: none yet
} mail_progress;

static int mail_watch(CURL *handle, curl_infotype kind, char *text, size_t size, void *place) {
    mail_progress *progress = (mail_progress *)place;
    (void)handle;
    if (progress->ended) return 0;
    if (kind == CURLINFO_HEADER_OUT) {
        if (size >= 4 && memcmp(text, "QUIT", 4) == 0) { progress->ended = 1; return 0; }
        if (size >= 5 && memcmp(text, "MAIL ", 5) == 0) progress->named = 1;
        progress->reply = 0;
    } else if (kind == CURLINFO_DATA_OUT) {
        progress->begun = 1;
        progress->reply = 0;
    } else if (kind == CURLINFO_HEADER_IN && size >= 3 && text[0] >= '2' && text[0] <= '5') {
        progress->reply = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    }
    return 0;
}

static inline CURLcode mail_set_watch(CURL *handle, mail_progress *progress) {
    CURLcode set = curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, mail_watch);
    if (set != CURLE_OK) return set;
    set = curl_easy_setopt(handle, CURLOPT_DEBUGDATA, progress);
    if (set != CURLE_OK) return set;
    return curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}
