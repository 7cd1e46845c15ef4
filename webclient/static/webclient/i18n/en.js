// @ts-check
// English. A pair is [one, other], chosen by `count`.

/** @type {Record<string, string | [string, string]>} */
export const en = {
  'app.loading': 'Loading',
  'app.offline': 'GoChat cannot be reached right now.',
  'app.tryAgain': 'Try again',

  'action.back': 'Back', 'action.cancel': 'Cancel', 'action.close': 'Close', 'action.more': 'More', 'action.save': 'Save',
  'action.copied': 'Copied', 'action.copyFailed': 'Could not copy',

  'nav.main': 'Main', 'nav.chats': 'Chats', 'nav.contacts': 'Contacts', 'nav.search': 'Search', 'nav.settings': 'Settings',
  'nav.withCount': '{label}, {count} new', 'nav.profile': 'Signed in as {name}',

  'auth.signIn': 'Sign in', 'auth.newHere': 'New here?', 'auth.createAccount': 'Create an account', 'auth.haveAccount': 'Already have an account?',
  'auth.username': 'Username', 'auth.password': 'Password', 'auth.forgot': 'Forgot password?',
  'auth.displayName': 'Display name', 'auth.displayNameHint': 'What others see. Any language, any script.', 'auth.email': 'Email (optional)', 'auth.emailOnly': 'Email',
  'auth.passwordHint': 'At least 8 characters, and not a common one.', 'auth.showPassword': 'Show password', 'auth.hidePassword': 'Hide password',
  'auth.keep': 'Keep me signed in on this device', 'auth.or': 'or', 'auth.guest': 'Look around as a guest',
  'auth.guestHint': 'Guests join the world chat. Upgrade later and keep your name.',
  'auth.lead': 'Team chat at home in Chinese and English, that never loses a message.',
  'auth.sessionEnded': 'Your session has ended. Please sign in again.', 'auth.erased': 'Your account is being erased. Goodbye.',
  'auth.resetTitle': 'Reset your password', 'auth.backToSignIn': 'Back to sign in', 'auth.resetHint': 'We send a link to the address of your account.',
  'auth.resetSend': 'Send the link', 'auth.resetSent': 'If the address belongs to an account, a link is on its way.', 'auth.resetHaveCode': 'I have a code from the mail',
  'auth.newPasswordTitle': 'Choose a new password', 'auth.newPasswordText': 'Every device that is signed in will have to sign in again.', 'auth.setPassword': 'Set the password',
  'auth.resetCode': 'Code', 'auth.resetCodeHint': 'It is in the mail that we sent you.', 'auth.resetDone': 'Your new password is set. Sign in with it.',

  'connection.lost': 'Connection lost. Retry in {count}\u00a0s', 'connection.connecting': 'Reconnecting…', 'connection.now': 'Reconnect now',

  'list.all': 'All', 'list.unread': 'Unread', 'list.mentions': 'Mentions', 'list.groups': 'Groups', 'list.filters': 'Filter chats', 'list.options': 'List options',
  'list.showFilters': 'Show filters', 'list.hideFilters': 'Hide filters', 'list.archived': 'Archived', 'list.archivedCount': 'Archived ({count})', 'list.noArchived': 'Nothing is archived.',
  'list.none.unread': 'You have read everything.', 'list.none.mentions': 'Nobody has mentioned you.', 'list.none.groups': 'You are in no group yet.', 'list.showAll': 'Show all chats',
  'list.emptyTitle': 'No chats yet', 'list.emptyText': 'Find a person by name, or bring a few together in a group.',
  'list.draft': 'Draft:', 'list.you': 'You: ', 'list.sender': '{name}: ', 'list.mention': '@you', 'list.mentioned': 'You were mentioned', 'list.noMessages': 'No messages yet',
  'list.muted': 'Muted', 'list.pinned': 'Pinned', 'list.unreadCount': ['{count} unread message', '{count} unread messages'],
  'list.mute': 'Mute', 'list.unmute': 'Unmute', 'list.pin': 'Pin to top', 'list.unpin': 'Unpin', 'list.archive': 'Archive', 'list.unarchive': 'Move back to chats',
  'list.comma': ', ', 'list.resize': 'Width of the list',

  'chat.log': 'Messages', 'chat.newBelow': 'New messages', 'chat.toLatest': 'Jump to latest', 'chat.toList': 'Back to chats',
  'chat.beginning': 'This is where the conversation begins.', 'chat.sayHello': 'Nothing here yet. Say hello!', 'chat.historyHidden': 'Earlier messages are hidden from people who joined later.',
  'chat.loadFailed': 'The messages could not be loaded.', 'chat.noneTitle': 'Pick a conversation', 'chat.noneText': 'Choose one from the list, or jump to it by name.',
  'chat.missingTitle': 'Not here', 'chat.missingText': 'This conversation does not exist, or you are not part of it.',

  'composer.to': 'Message {title}', 'composer.short': 'Message', 'composer.send': 'Send', 'composer.save': 'Save the change', 'composer.emoji': 'Emoji', 'composer.mention': 'Mention someone',
  'composer.editing': 'Editing', 'composer.replying': 'Replying to {name}', 'composer.tooLong': 'A message has at most {count} characters.', 'composer.slowMode': 'Slow mode: one message every {pause}', 'composer.slowWait': 'Slow mode: you can write again in {count}\u00a0s', 'composer.slowQueued': 'Slow mode: your message goes out in {count}\u00a0s', 'composer.tooFast': 'Too fast: your message goes out in {count}\u00a0s', 'composer.suggestions': 'Suggestions', 'composer.everyone': 'Everyone in this group',

  'message.label': '{name}, {time}', 'message.tools': 'Message tools', 'message.reply': 'Reply', 'message.react': 'React', 'message.copy': 'Copy text', 'message.edit': 'Edit', 'message.edited': 'edited',
  'message.pin': 'Pin', 'message.unpin': 'Unpin', 'message.pinned': 'Pinned', 'message.readers': 'Who has read it', 'message.recall': 'Recall', 'message.recallAsk': 'Recall this message?', 'message.recallText': 'It disappears for everyone. That it was recalled stays visible.',
  'message.recalled': '{name} recalled a message', 'message.recalledMine': 'You recalled a message', 'message.recalledShort': 'Message recalled', 'message.hidden': 'A message by {name} was hidden by moderators', 'message.hiddenMine': 'Moderators have hidden a message of yours', 'message.hiddenShort': 'Hidden by moderators', 'message.removed': 'This message was removed.', 'message.removedShort': 'Message removed',
  'message.notSent': 'Not sent', 'message.retry': 'Retry', 'message.delete': 'Delete', 'message.readBy': 'Read by {count}', 'message.reaction': '{emoji}, {count}',
  'message.quote': 'Earlier message', 'message.quoteGone': 'Tap to show it', 'message.code': 'code', 'message.copyCode': 'Copy code',

  'kind.text': 'Message', 'kind.image': '[Photo]', 'kind.file': '[File]', 'kind.voice': '[Voice message]', 'kind.system': 'Notice',
  'tick.sending': 'Sending', 'tick.stored': 'Sent', 'tick.delivered': 'Delivered', 'tick.read': 'Read', 'tick.failed': 'Not sent',

  'typing.self': 'typing…', 'typing.one': ['{name} is typing…', '{name} are typing…'], 'typing.many': '{count} people are typing…',
  'presence.online': 'Online', 'presence.offline': 'Offline', 'presence.unknown': 'Waiting for the connection', 'presence.justNow': 'Last seen just now', 'presence.minutesAgo': 'Last seen {count} min ago', 'presence.lastSeen': 'Last seen {time}',
  'time.yesterday': 'Yesterday', 'time.todayIs': 'Today · {date}', 'time.yesterdayIs': 'Yesterday · {date}',

  'emoji.smiles': 'Smileys', 'emoji.hands': 'Gestures', 'emoji.things': 'Things', 'emoji.marks': 'Marks',

  'new.title': 'New chat', 'new.kind': 'Kind of chat', 'new.direct': 'Direct', 'new.group': 'Group',
  'people.search': 'Search people by name', 'people.none': 'Nobody found by that name.', 'people.hint': 'Type a name to find someone.', 'people.remove': 'Remove {name}',

  'person.title': 'Profile', 'person.write': 'Message', 'person.you': 'You', 'person.youMark': '(you)', 'person.guest': 'Guest', 'person.bot': 'Bot', 'person.agent': 'AI', 'person.person': 'Person',
  'person.block': 'Block', 'person.unblock': 'Unblock', 'person.blocked': 'Blocked', 'person.unblocked': 'Unblocked', 'person.blockAsk': 'Block {name}?', 'person.blockText': 'They can no longer send you direct messages.',

  'contacts.friends': 'Friends', 'contacts.requests': 'Friend requests', 'contacts.blocked': 'Blocked people', 'contacts.find': 'Find people', 'contacts.none': 'No friends yet. Find someone by name and add them.',
  'contacts.add': 'Add friend', 'contacts.asked': 'Request sent', 'contacts.waiting': 'Waiting for an answer', 'contacts.withdraw': 'Withdraw', 'contacts.withdrawRequest': 'Withdraw friend request', 'contacts.withdrawn': 'Request withdrawn', 'contacts.wants': 'Wants to be your friend', 'contacts.accept': 'Accept', 'contacts.accepted': 'You are friends now',
  'contacts.decline': 'Decline', 'contacts.declined': 'Request declined', 'contacts.remove': 'Remove friend', 'contacts.removed': 'Removed from friends',
  'contacts.remark': 'Your name for them', 'contacts.remarkPlaceholder': 'Only you see this', 'contacts.remarkSaved': 'Saved',

  'details.title': 'Details', 'details.open': 'Details of {title}',
  'role.owner': 'Owner', 'role.admin': 'Admin', 'role.member': 'Member', 'world.title': 'World chat', 'world.sub': 'Everyone is here',
  'group.members': ['{count} member', '{count} members'], 'group.online': '{count} online', 'group.membersCount': 'Members · {count}', 'group.visitors': 'Who has been here', 'group.findMember': 'Find a member by name', 'group.moreMembers': 'Show more',
  'group.name': 'Group name', 'group.namePlaceholder': 'Weekend hike', 'group.addPeople': 'Add people', 'group.create': ['Create group of {count}', 'Create group of {count}'],
  'group.invite': 'Invite', 'group.add': ['Add {count} person', 'Add {count} people'], 'group.added': ['{count} person added', '{count} people added'],
  'group.settings': 'Group settings', 'group.description': 'Description', 'group.announcement': 'Announcement', 'group.joinPolicy': 'Joining by link',
  'group.join.invite': 'By invitation', 'group.join.approval': 'With approval', 'group.join.open': 'Open',
  'group.joinHint.invite': 'Owner and admins make links. Whoever has one joins at once.', 'group.joinHint.approval': 'Owner and admins make links, and let each person in.', 'group.joinHint.open': 'Every member can make links. Whoever has one joins at once.',
  'group.slowMode': 'Slow mode', 'group.slowModeHint': 'How long members wait between two messages.', 'group.slowModeOff': 'Off',
  'group.mutedAll': 'Mute everyone', 'group.mutedAllHint': 'Only owner and admins can write.', 'group.announcementOnly': 'Announcements only', 'group.announcementOnlyHint': 'A channel: owner and admins write, everyone reads.', 'group.historyVisible': 'History for newcomers', 'group.historyVisibleHint': 'People who join can read what was written before.',
  'group.leave': 'Leave group', 'group.leaveAsk': 'Leave {title}?', 'group.leaveText': 'You will no longer receive its messages.', 'group.left': 'You left the group',
  'group.dissolve': 'Dissolve group', 'group.dissolveAsk': 'Dissolve {title}?', 'group.dissolveText': 'The group ends for all its members. This cannot be undone.',
  'group.memberActions': 'Actions for {name}', 'group.makeAdmin': 'Make admin', 'group.removeAdmin': 'Remove as admin', 'group.transfer': 'Make owner', 'group.transferAsk': 'Make {name} the owner?', 'group.transferText': 'You become an admin.',
  'group.muteHour': 'Mute for an hour', 'group.muteDay': 'Mute for a day', 'group.unmuteMember': 'Unmute', 'group.mutedUntil': 'Muted until {time}', 'group.removeMember': 'Remove from group', 'group.removeAsk': 'Remove {name} from the group?',
  'group.changed': 'Done', 'group.requests': 'Requests to join · {count}', 'group.approve': 'Let in', 'group.reject': 'Turn down',

  'invite.make': 'Create invite link', 'invite.hint': 'A link is good for seven days. Whoever has it can join.', 'invite.copied': 'Link copied', 'invite.copy': 'Copy link', 'invite.end': 'End this link', 'invite.expires': 'Until {time}', 'invite.forever': 'Does not expire',
  'join.askingTitle': 'Joining…', 'join.waitingTitle': 'Request sent', 'join.waiting': 'An admin of the group has to let you in.', 'join.failedTitle': 'This invite does not work',

  'system.joined': '{actor} joined', 'system.created': '{actor} started the group', 'system.added': '{actor} added {people}', 'system.member-left': '{actor} left', 'system.member-removed': '{actor} removed {people}', 'system.more': '{count} more', 'system.you': 'you',

  'pins.title': 'Pinned messages', 'pins.none': 'Nothing is pinned here.', 'pins.added': 'Pinned', 'pins.removed': 'Unpinned',
  'readers.title': 'Who has read it', 'readers.none.read': 'Nobody has read it yet.', 'readers.none.unread': 'Everyone has read it.', 'readers.read': 'Read · {count}', 'readers.unread': 'Not yet · {count}',

  'silence.blocked': 'You blocked this person.', 'silence.announcementOnly': 'Only owner and admins write here.', 'silence.mutedAll': 'The group is muted.', 'silence.muted': 'You are muted until {time}.',

  'switcher.title': 'Go to', 'switcher.search': 'Search messages for “{words}”', 'switcher.placeholder': 'Name of a chat or a person',
  'shortcuts.title': 'Keyboard shortcuts', 'shortcuts.switch': 'Go to a chat or a person', 'shortcuts.search': 'Search messages', 'shortcuts.walk': 'Previous or next chat', 'shortcuts.send': 'Send', 'shortcuts.break': 'New line',
  'shortcuts.edit': 'Edit the last message (in an empty field)', 'shortcuts.mention': 'Mention someone', 'shortcuts.close': 'Close', 'shortcuts.sheet': 'This sheet',

  'search.placeholder': 'Messages, files, people', 'search.placeholderIn': 'Search in {title}', 'search.clear': 'Clear the words', 'search.here': 'Search here', 'search.filters': 'Filter results', 'search.results': 'Results',
  'search.tab.messages': 'Messages', 'search.tab.files': 'Files', 'search.tab.groups': 'Groups', 'search.tab.users': 'People',
  'search.modeIs': 'How to search: {mode}', 'search.mode.hybrid': 'Smart', 'search.mode.keyword': 'Exact', 'search.mode.semantic': 'Meaning',
  'search.modeHint.hybrid': 'Words, typos, pinyin and meaning', 'search.modeHint.keyword': 'Every word must be there', 'search.modeHint.semantic': 'What was meant, in either language',
  'search.by': 'From', 'search.in': 'Chat', 'search.kind': 'Kind', 'search.when': 'Date', 'search.filterOn': '{label}: {value}', 'search.filterOff': 'Remove filter: {label}', 'search.me': 'Me', 'search.oneChat': 'One chat', 'search.chatName': 'Name of a chat', 'search.noChoice': 'Nothing by that name.',
  'search.kind.text': 'Text', 'search.kind.image': 'Photos', 'search.kind.file': 'Files', 'search.kind.voice': 'Voice messages',
  'search.lastDays': 'Last {count} days', 'search.since': 'Since {day}', 'search.until': 'Until {day}', 'search.from': 'From', 'search.till': 'To',
  'search.to': 'To {name}', 'search.byMeaning': 'Found by its meaning', 'search.degraded.messages': 'The search is limited right now: recent messages only, by their exact words.',
  'search.degraded.users': 'The search is limited right now: only the beginnings of names are compared.', 'search.degraded.groups': 'The search is limited right now: only your latest groups were looked at.', 'search.degraded.files': 'The search is limited right now: only the newest files were looked at.',
  'search.told': ['{count} result', '{count} results'], 'search.narrower': ['The first {count} result. Add words or filters to find the rest.', 'The first {count} results. Add words or filters to find the rest.'],
  'search.startTitle': 'Find anything', 'search.startText': 'In Chinese, English or pinyin. Smart search also finds what was said in other words, or in the other language.',
  'search.recent': 'Recent searches', 'search.recentClear': 'Clear', 'search.recentForget': 'Forget “{words}”',
  'search.noneTitle': 'Nothing found', 'search.none.messages': 'No message that you can read has “{words}”.', 'search.none.files': 'No file that you can open is called “{words}”.', 'search.none.groups': 'You are in no group called “{words}”.', 'search.none.users': 'Nobody found called “{words}”.',
  'search.allOfIt': 'Remove the filters', 'search.trySmart': 'Search smart', 'search.failedTitle': 'The search did not work',
  'search.stepper': 'Walk through the results', 'search.result': 'A search result', 'search.resultOf': 'Result {number} of {total}', 'search.resultOfMore': 'Result {number} of {total}+', 'search.previous': 'Previous result', 'search.next': 'Next result', 'search.backToResults': 'Back to the results',
  'search.pickTitle': 'Pick a result', 'search.pickText': 'It opens here, in its conversation. Arrow keys choose, Enter opens, Esc goes back.',

  'files.attach': 'Attach files', 'files.dropHere': 'Drop to attach', 'files.tray': 'Files to send', 'files.file': 'File', 'files.unnamed': 'unnamed', 'files.noFolders': 'Folders cannot be sent. Pick the files in them.', 'files.tooMany': 'At most {count} files at a time.',
  'files.waiting': 'Waiting', 'files.checking': 'Checking…', 'files.ready': 'Ready', 'files.goneOf': '{gone} of {size}', 'files.resumedOf': 'Resumed · {gone} of {size}', 'files.progress': 'Upload of {name}',
  'files.remove': 'Remove', 'files.removeOne': 'Remove {name}', 'files.retryOne': 'Retry {name}', 'files.cancelOne': 'Cancel {name}', 'files.download': 'Download', 'files.downloadOne': 'Download {name}, {size}', 'files.erased': 'This file is no longer available.',
  'files.empty': 'This file is empty.', 'files.tooLarge': 'Too large: at most {size}.', 'files.tooLargeAny': 'This file is too large.', 'files.quota': 'No room left: {used} of your {quota} are used.', 'files.interrupted': 'The upload was interrupted.', 'files.storageRefused': 'The storage did not take the file.',
  'files.rejected': 'This file was refused.', 'files.rejected-size': 'The file changed while it was sent.', 'files.rejected-type': 'The content is not what the name says.', 'files.rejected-pixels': 'The picture has too many pixels.', 'files.rejected-checksum': 'The file was damaged on its way.', 'files.rejected-infected': 'The file was found to be dangerous.',
  'media.alt': 'Picture from {name}: {title}', 'media.noPreview': 'No preview', 'media.viewer': 'Picture', 'media.countOf': '{number} of {total}', 'media.previous': 'Previous picture', 'media.next': 'Next picture', 'media.play': 'Play',
  'voice.record': 'Record a voice message', 'voice.recording': 'Recording', 'voice.discard': 'Discard the recording', 'voice.send': 'Send the voice message', 'voice.tooShort': 'Too short. Record a little longer.', 'voice.play': 'Play', 'voice.pause': 'Pause', 'voice.position': 'Position', 'voice.notPlayed': 'The voice message could not be played.',
  'voice.denied': 'The microphone is blocked. Allow it for this site in the browser\u2019s settings.', 'voice.noMicrophone': 'No microphone was found.', 'voice.busy': 'The microphone is in use by something else.', 'voice.unsupported': 'This browser cannot record here.',
  'avatar.choose': 'Change picture', 'avatar.remove': 'Remove picture', 'avatar.saved': 'The picture is set', 'avatar.removed': 'The picture is removed', 'avatar.notPicture': 'Pick a PNG, JPEG, GIF or WebP picture.',

  'guest.text': 'You are here as a guest. Create an account to keep your name, your chats and your friends.', 'guest.upgrade': 'Create an account', 'guest.upgradeText': 'Your name and your history stay with you.', 'guest.upgradeDo': 'Create account', 'guest.upgraded': 'Welcome! The account is yours.',
  'guest.logoutText': 'As a guest you cannot come back to these chats. Create an account first to keep them.',

  'text.gap': ' ', 'report.do': 'Report', 'report.group': 'Report group', 'report.title.message': 'Report message', 'report.title.user': 'Report person', 'report.title.conversation': 'Report group', 'report.why': 'What is wrong with it?',
  'report.reason.spam': 'Spam', 'report.reason.fraud': 'Fraud', 'report.reason.harassment': 'Harassment', 'report.reason.hate': 'Hate', 'report.reason.sexual': 'Sexual content', 'report.reason.violence': 'Violence or threats', 'report.reason.self_harm': 'Self-harm',
  'report.reason.child_safety': 'Child safety', 'report.reason.impersonation': 'Impersonation', 'report.reason.illegal': 'Illegal goods or acts', 'report.reason.other': 'Something else',
  'report.urgent': 'If someone is in danger right now, call your local emergency number first.', 'report.comment': 'What should the moderators know? (optional)', 'report.commentHint': 'In your own words', 'report.withMessages': 'Show the moderators our latest messages',
  'report.seen.message': 'Moderators will see this message, also as it was before edits, and up to ten messages on either side of it.', 'report.seen.user': 'Moderators will see this person’s name and profile, and none of your messages.', 'report.seen.direct': 'Moderators will see your latest twenty messages with {name}, and nothing else of your chats.', 'report.seen.conversation': 'Moderators will see the group’s name, description and announcement, and its latest twenty messages that you can read.',
  'report.secret': '{name} is not told who reported it.', 'report.secretGroup': 'The members are not told who reported it.', 'report.send': 'Send report',
  'report.thanks': 'Thank you for telling us', 'report.next': 'A moderator will look at it.', 'report.nextApp': 'What came of it will be under Your reports, in the settings.', 'report.nextMail': 'What came of it will be under Your reports, in the settings, and in a mail to you.', 'report.block': 'Block {name}', 'report.mine': 'Your reports', 'report.done': 'Done',
  'conduct.sanctions': 'What stands against you', 'conduct.noSanctions': 'Nothing. No moderator has restricted or warned this account.', 'conduct.yourAppeal': 'Your appeal: {text}', 'conduct.answer': 'The answer: {text}',
  'conduct.reports': 'Your reports', 'conduct.noReports': 'You have reported nothing. You find “Report” in the menu of a message, a person or a group.', 'conduct.waiting': 'Waits for a moderator.', 'conduct.state.open': 'Open', 'conduct.state.closed': 'Closed', 'conduct.subject.message': 'A message', 'conduct.subject.conversation': 'A chat',
  'sanction.everywhere': 'everywhere', 'sanction.in': 'in {title}', 'sanction.inGroup': 'in one group', 'sanction.until': 'until {time}', 'sanction.forGood': 'with no end', 'sanction.warn': 'Warned {where}', 'sanction.mute': 'Muted {where}, {time}', 'sanction.ban': 'Banned {where}, {time}',
  'muted.everywhere': 'Moderators have muted you everywhere, {time}.', 'muted.here': 'Moderators have muted you here, {time}.', 'muted.reason': 'Reason: {reason}',
  'warning.title': 'A warning from the moderators', 'warning.text': 'You can go on writing. Another breach of the rules may cost you that.', 'warning.read': 'I have read it',
  'appeal.do': 'Appeal', 'appeal.title': 'Appeal', 'appeal.text': 'Why should this be decided otherwise?', 'appeal.hint': 'You can appeal once. Someone other than who decided it will review it.', 'appeal.send': 'Send appeal', 'appeal.sent': 'Your appeal has been sent', 'appeal.state.open': 'Appeal under review', 'appeal.state.upheld': 'Appeal turned down', 'appeal.state.granted': 'Appeal granted',
  'banned.title': 'This account is banned', 'banned.until': 'It cannot be used, {time}.', 'banned.reason': 'Reason', 'banned.appeal': 'Do you think this is wrong?', 'banned.appealed': 'Your appeal has been sent. Someone other than who decided the ban will review it. Sign in again to see whether it was lifted.', 'banned.other': 'Go to the sign-in page',

  'settings.language': 'Language', 'settings.theme': 'Theme', 'settings.theme.system': 'System', 'settings.theme.light': 'Light', 'settings.theme.dark': 'Dark', 'settings.appearance': 'Appearance', 'settings.saved': 'Saved',
  'settings.emailHint': 'Others do not see it. A forgotten password is reset by it.',
  'privacy.title': 'Privacy', 'privacy.direct': 'Who can start a chat with me', 'privacy.groups': 'Who can add me to groups', 'privacy.last_seen': 'Who sees when I was last here',
  'privacy.to.everyone': 'Everyone', 'privacy.to.friends': 'Friends', 'privacy.to.nobody': 'Nobody', 'privacy.searchable': 'People can find me by name', 'privacy.searchableHint': 'Friends and people you share a chat with still see you.',
  'settings.devices': 'Devices', 'settings.thisDevice': 'This device', 'settings.unknownDevice': 'Unknown device', 'settings.lastActive': 'Last active {time}', 'settings.endDevice': 'Sign out', 'settings.deviceEnded': 'The device is signed out',
  'settings.password': 'Password', 'settings.oldPassword': 'Present password', 'settings.newPassword': 'New password', 'settings.passwordHint': 'All other devices will be signed out.', 'settings.changePassword': 'Change password', 'settings.passwordChanged': 'Password changed',
  'settings.logout': 'Sign out', 'settings.logoutAsk': 'Sign out of this device?', 'settings.logoutText': 'Your messages stay. You can sign in again any time.',
  'settings.erase': 'Delete account', 'settings.eraseAsk': 'Delete your account?', 'settings.eraseText': 'Your account and your messages will be erased. This cannot be undone.',

  'error.unknown': 'Something went wrong.', 'error.AUTH_FAILED': 'Please sign in again.', 'error.TOKEN_EXPIRED': 'Please sign in again.', 'error.FORBIDDEN': 'You may not do that.', 'error.BANNED': 'This account is suspended.',
  'error.MUTED': 'You are muted here.', 'error.BLOCKED': 'This person does not take messages from you.', 'error.CONTENT_REJECTED': 'This text is not allowed here.', 'error.INVALID_MESSAGE': 'This message cannot be sent.', 'error.INVALID_REQUEST': 'Please check what you entered.',
  'error.MESSAGE_TOO_LARGE': 'The message is too long.', 'error.CONVERSATION_NOT_FOUND': 'This conversation does not exist.', 'error.MESSAGE_NOT_FOUND': 'This message does not exist.', 'error.NOT_FOUND': 'Not found.', 'error.CONFLICT': 'That is already taken.',
  'error.RATE_LIMITED': 'Too fast. Try again in {seconds} s.', 'error.UNAVAILABLE': 'The server cannot be reached.',
};
